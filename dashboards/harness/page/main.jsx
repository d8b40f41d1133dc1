// Draws the dashboard that the page's address names, and leaves a report of it in window.report.
import { createTheme, dateMath, dateTime, ThemeContext } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { GlobalStyles, PanelChrome } from '@grafana/ui';
import React from 'react';
import { createRoot } from 'react-dom/client';
import { Empty, RENDERERS } from './panels.jsx';
import { panelFrames } from './query.js';
import { registerAll } from './registry.js';
import { resolveVariables } from './variables.js';

const WIDTH = 1600;
const ROW = 38; // pixels of a grid row with its gap, as in Grafana
const GAP = 8;
const TOP = 44;
const AT_ONCE = 6; // panels that are asked for at a time

const address = new URLSearchParams(location.search);
const report = { panels: [], emptyVariables: [], missingVariables: [] };
const theme = createTheme({ colors: { mode: address.get('theme') ?? 'dark' } });
window.grafanaBootData = { settings: { featureToggles: {} }, user: {}, navTree: [] };
window.__grafana_public_path__ = '/public/';

// From `now` of the address, so that a picture of old data is possible.
function timeRange({ from }) {
  const now = dateTime(Number(address.get('now')) * 1000);
  const begin = dateMath.toDateTime(from, { roundUp: false, timezone: 'utc', now: now.toDate() });
  const seconds = dateTime().unix() - dateMath.toDateTime(from, { roundUp: false, timezone: 'utc' }).unix();
  const start = Math.abs(now.unix() - begin.unix() - seconds) < 5 ? begin : dateTime((now.unix() - seconds) * 1000);
  return { from: start, to: now, raw: { from: start, to: now } };
}

// Closed rows opened, each panel moved down by the rows that were opened above it.
function flattened(panels) {
  const result = [];
  let shift = 0;
  for (const panel of panels) {
    const { panels: inside = [], ...own } = panel;
    result.push({ ...own, gridPos: { ...own.gridPos, y: own.gridPos.y + shift } });
    for (const each of inside) result.push({ ...each, gridPos: { ...each.gridPos, y: each.gridPos.y + shift } });
    if (inside.length) shift += Math.max(...inside.map(({ gridPos }) => gridPos.y + gridPos.h)) - panel.gridPos.y - 1;
  }
  return result;
}

class Boundary extends React.Component {
  state = {};

  static getDerivedStateFromError(error) {
    return { error };
  }

  componentDidCatch(error) {
    this.props.report.problems.push(`could not be drawn: ${error.message}`);
  }

  render() {
    return this.state.error ? <div>{String(this.state.error)}</div> : this.props.children;
  }
}

function Panel({ panel, frames, report: own, variables, range, style }) {
  const Renderer = RENDERERS[panel.type];
  const error = own.targets.find((target) => target.error)?.error;
  return (
    <div style={style}>
      <PanelChrome title={variables.inText(panel.title)} description={() => panel.description} width={style.width} height={style.height}
        padding={panel.type === 'table' ? 'none' : 'md'} statusMessage={error}>
        {(width, height) => (
          <Boundary report={own}>
            {own.empty ? <Empty panel={panel} theme={theme} />
              : <Renderer panel={panel} frames={frames} width={width} height={height} theme={theme} range={range} />}
          </Boundary>
        )}
      </PanelChrome>
    </div>
  );
}

function Dashboard({ dashboard, drawn, variables, range, height }) {
  const unit = (WIDTH - 2 * GAP) / 24;
  const place = ({ x, y, w, h }) => ({ position: 'absolute', left: GAP + x * unit, top: TOP + y * ROW, width: w * unit - GAP, height: h * ROW - GAP });
  const chosen = dashboard.templating.list.filter((each) => each.type !== 'datasource')
    .map((each) => `${each.label}: ${variables.values.get(each.name).text || 'none'}`);
  const page = { background: theme.colors.background.canvas, color: theme.colors.text.primary, position: 'relative', width: WIDTH, height,
    fontFamily: theme.typography.fontFamily };
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <div style={page}>
        <div style={{ padding: '10px 12px', fontSize: 18 }}>
          {dashboard.title}
          <span style={{ fontSize: 12, color: theme.colors.text.secondary, marginLeft: 24 }}>{chosen.join('    ·    ')}</span>
        </div>
        {drawn.map((each) => each.panel.type === 'row'
          ? <div key={each.panel.id} style={{ ...place(each.panel.gridPos), fontSize: 15, paddingTop: 6 }}>▾ {each.panel.title}</div>
          : <Panel key={each.panel.id} {...each} variables={variables} range={range} style={place(each.panel.gridPos)} />)}
      </div>
    </ThemeContext.Provider>
  );
}

async function allFrames(panels, context) {
  const drawn = new Array(panels.length);
  let next = 0;
  const work = async () => {
    while (next < panels.length) {
      const index = next++;
      const panel = panels[index];
      const own = { title: context.variables.inText(panel.title), id: panel.id, type: panel.type, targets: [], problems: [], unmatched: [] };
      if (panel.type !== 'row') report.panels.push(own);
      const frames = panel.type === 'row' ? [] : await panelFrames(panel, { ...context, width: (panel.gridPos.w / 24) * WIDTH }, own);
      drawn[index] = { panel, frames, report: own };
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return drawn;
}

// Milliseconds since the programs were there: until all queries were answered, and until all was drawn.
const since = (begin) => Math.round(performance.now() - begin);
const nextFrame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));

async function main() {
  registerAll();
  await initPluginTranslations('grafana-ui');
  const begin = performance.now();
  const dashboard = await (await fetch(address.get('dashboard'))).json();
  const range = timeRange(dashboard.time);
  const variables = await resolveVariables(dashboard, range, address, report);
  const panels = flattened(dashboard.panels);
  const drawn = await allFrames(panels, { range, variables, theme, scrape: Number(address.get('scrape')) });
  report.missingVariables = [...variables.missing];
  report.answered = since(begin);
  report.height = TOP + GAP + ROW * Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  createRoot(document.getElementById('root')).render(
    <Dashboard dashboard={dashboard} drawn={drawn} variables={variables} range={range} height={report.height} />,
  );
  await document.fonts.ready;
  await nextFrame();
  report.drawn = since(begin);
}

main()
  .catch((error) => {
    report.fatal = error.stack;
  })
  .finally(() => {
    window.report = report;
  });
