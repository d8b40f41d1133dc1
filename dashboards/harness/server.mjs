// Serves the built page, the dashboards, Grafana's icons, and Prometheus' API on a free port of loopback.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.svg': 'image/svg+xml' };
const PAGE = path.resolve(import.meta.dirname, 'dist');
const ICONS = path.resolve(import.meta.dirname, 'node_modules/@grafana/ui/dist/public/img/icons');

function forward(prometheus, request, response) {
  const { method, headers } = request;
  const onward = http.request(prometheus + request.url.slice('/prometheus'.length), { method, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', (error) => {
    response.writeHead(502);
    response.end(JSON.stringify({ status: 'error', error: error.message }));
  });
  request.pipe(onward);
}

function fileOf(pathname, dashboards) {
  if (pathname.startsWith('/dashboard/')) return dashboards[Number(pathname.slice('/dashboard/'.length))];
  if (pathname.includes('/img/icons/')) return path.join(ICONS, pathname.split('/img/icons/')[1]);
  return path.join(PAGE, pathname === '/' ? 'index.html' : pathname);
}

export async function serve(prometheus, dashboards) {
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    if (pathname.startsWith('/prometheus/')) return forward(prometheus, request, response);
    if (pathname.startsWith('/public/fonts') || pathname === '/favicon.ico') return response.writeHead(204).end();
    const file = fileOf(pathname, dashboards);
    fs.readFile(file, (error, content) => {
      response.writeHead(error ? 404 : 200, { 'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream' });
      response.end(error ? '' : content);
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { base: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
