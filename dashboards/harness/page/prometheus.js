// Prometheus' HTTP API, through the harness's own server.

export async function ask(path, parameters) {
  const begin = performance.now();
  const response = await fetch(`/prometheus/api/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(parameters).toString(),
  });
  const answer = await response.json().catch(() => ({ status: 'error', error: `HTTP ${response.status}` }));
  if (answer.status !== 'success') throw new Error(answer.error);
  return { data: answer.data, warnings: answer.warnings ?? [], ms: Math.round(performance.now() - begin) };
}

// The values of Grafana's label_values(METRIC, LABEL) or label_values(LABEL) between two times.
export async function labelValues(definition, range) {
  const match = definition.match(/^label_values\((?:([\s\S]+),\s*)?(\w+)\)$/);
  if (!match) throw new Error(`not understood: ${definition}`);
  const parameters = new URLSearchParams({ start: range.from.unix(), end: range.to.unix() });
  if (match[1]) parameters.set('match[]', match[1]);
  const response = await fetch(`/prometheus/api/v1/label/${match[2]}/values?${parameters}`);
  const answer = await response.json();
  if (answer.status !== 'success') throw new Error(answer.error);
  return answer.data;
}
