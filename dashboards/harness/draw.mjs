// node draw.mjs PROMETHEUS SCENARIO THEME OUT [--now=SECONDS] [--query=ADDRESS] DASHBOARDS...
// Draws each dashboard in Chromium into OUT/NAME-SCENARIO-THEME.png, with what it found in .json beside. Exits 1 if a query fails, a panel cannot be
// drawn, or a panel is empty that empty.json does not allow in this scenario.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import puppeteer from 'puppeteer-core';
import { serve } from './server.mjs';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync'];
const SCRAPE = 300; // seconds between the samples of the history
const SETTLE = 800; // milliseconds for canvases and tables to be drawn after their data are there
const MAX_SERIES = 50;
const TALLEST = 2200; // pixels that any dashboard needs; resizing after drawing would leave tables half drawn

function parse(given) {
  const options = Object.fromEntries(given.filter((each) => each.startsWith('--')).map((each) => each.slice(2).split(/=(.*)/s).slice(0, 2)));
  const [prometheus, scenario, theme, out, ...files] = given.filter((each) => !each.startsWith('--'));
  return { prometheus, scenario, theme, out, files, ...options };
}

// Patterns of `DASHBOARD: PANEL`s that may be empty and of `DASHBOARD: TABLE / COLUMN`s that may be missing, by scenario, each with the reason.
function allowedEmpty(scenario) {
  const listed = JSON.parse(fs.readFileSync(path.join(import.meta.dirname, 'empty.json')));
  return { ...listed.always, ...listed[scenario] };
}

function problemsOf(name, report, allowed) {
  if (report.fatal) return [report.fatal];
  const found = report.missingVariables.map((each) => `no variable ${each}`);
  const mayBeEmpty = (title) => Object.keys(allowed).some((pattern) => new RegExp(`^(?:${pattern})$`).test(`${name}: ${title}`));
  for (const panel of report.panels) {
    const say = (problem) => found.push(`${panel.title}: ${problem}`);
    panel.targets.filter((target) => target.error).forEach((target) => say(`query ${target.refId}: ${target.error}`));
    panel.problems.forEach(say);
    if (panel.empty && !mayBeEmpty(panel.title)) say('is empty');
    const missing = panel.empty ? [] : panel.unmatched.filter((column) => !mayBeEmpty(`${panel.title} / ${column}`));
    if (missing.length) say(`no data for ${missing.join(', ')}`);
    if (panel.series > MAX_SERIES) say(`${panel.series} series`);
  }
  return [...found, ...report.browserErrors];
}

async function draw(browser, base, index, options) {
  const page = await browser.newPage();
  const errors = new Set();
  page.on('pageerror', (error) => errors.add(String(error.message ?? error)));
  page.on('console', (message) => message.type() === 'error' && errors.add(message.text()));
  await page.setViewport({ width: 1600, height: TALLEST });
  await page.goto(`${base}/?dashboard=/dashboard/${index}&theme=${options.theme}&now=${options.now}&scrape=${SCRAPE}&${options.query ?? ''}`);
  await page.waitForFunction('window.report', { timeout: 90000 });
  const report = await page.evaluate('window.report');
  const tables = report.panels.filter((panel) => panel.type === 'table' && !panel.empty).length;
  await page.waitForFunction((count) => document.querySelectorAll('[role="grid"]:has([role="gridcell"])').length >= count, { timeout: 20000 }, tables)
    .catch(() => errors.add('a table was not drawn'));
  await new Promise((done) => setTimeout(done, SETTLE));
  const image = await page.screenshot({ clip: { x: 0, y: 0, width: 1600, height: report.height ?? 400 } });
  await page.close();
  return { image, report: { ...report, browserErrors: [...errors] } };
}

async function drawAndKeep(browser, base, index, options, allowed) {
  const name = path.basename(options.files[index], '.json');
  const { image, report } = await draw(browser, base, index, options);
  const target = path.join(options.out, `${name}-${options.scenario}-${options.theme}`);
  fs.writeFileSync(`${target}.png`, image);
  fs.writeFileSync(`${target}.json`, JSON.stringify(report, null, 1));
  const problems = problemsOf(name, report, allowed);
  problems.forEach((problem) => console.log(`${name} (${options.scenario}, ${options.theme}): ${problem}`));
  const queries = report.panels.flatMap((panel) => panel.targets);
  return {
    panels: report.panels.length,
    empty: report.panels.filter((panel) => panel.empty).length,
    queries: queries.length,
    failed: queries.filter((query) => query.error).length,
    problems: problems.length,
    time: { name, answered: report.answered ?? Infinity, drawn: report.drawn ?? Infinity },
  };
}

async function main() {
  const options = parse(process.argv.slice(2));
  options.now ??= Math.floor(Date.now() / 1000);
  fs.mkdirSync(options.out, { recursive: true });
  const allowed = allowedEmpty(options.scenario);
  const begin = Date.now();
  const server = await serve(options.prometheus, options.files);
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'dashboards-'));
  const browser = await puppeteer.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS, userDataDir: profile, protocolTimeout: 90000 });
  const total = { panels: 0, empty: 0, queries: 0, failed: 0, problems: 0 };
  const times = [];
  // One after the other: a page in the background is not drawn.
  for (const index of options.files.keys()) {
    const drawn = await drawAndKeep(browser, server.base, index, options, allowed);
    for (const key of Object.keys(total)) total[key] += drawn[key];
    times.push(drawn.time);
  }
  await browser.close();
  server.close();
  fs.rmSync(profile, { recursive: true, force: true });
  const seconds = ((Date.now() - begin) / 1000).toFixed(1);
  console.log(`${options.scenario}, ${options.theme}: ${options.files.length} dashboards, ${total.panels} panels (${total.empty} empty), ` +
    `${total.queries} queries (${total.failed} failed), ${total.problems} problems, ${seconds} s`);
  const slowest = times.reduce((one, other) => (other.drawn > one.drawn ? other : one));
  console.log(`  the slowest: ${slowest.name}, answered in ${slowest.answered} ms, drawn in ${slowest.drawn} ms`);
  process.exit(total.problems ? 1 : 0);
}

await main();
