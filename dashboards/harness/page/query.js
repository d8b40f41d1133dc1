// A panel's queries, transformations and field options: from its JSON to the frames that are drawn.
import { applyFieldOverrides, getFieldDisplayName, rangeUtil, transformDataFrame } from '@grafana/data';
import { lastValueFrom } from 'rxjs';
import { toFrames } from './frames.js';
import { ask } from './prometheus.js';
import { fieldOptions, isFieldOption } from './registry.js';

// What Grafana's panels have by default, where the JSON says nothing.
const CUSTOM_DEFAULTS = {
  timeseries: {
    drawStyle: 'line', lineInterpolation: 'linear', lineWidth: 1, fillOpacity: 0, gradientMode: 'none', showPoints: 'auto', pointSize: 5, spanNulls: false,
    axisPlacement: 'auto', axisColorMode: 'text', axisGridShow: true, scaleDistribution: { type: 'linear' }, thresholdsStyle: { mode: 'off' },
    stacking: { mode: 'none', group: 'A' }, hideFrom: { legend: false, tooltip: false, viz: false },
  },
};

function builtIn(range, step, scrape) {
  const rate = Math.max(step + scrape, 4 * scrape);
  const span = range.to.unix() - range.from.unix();
  return { __interval: `${step}s`, __rate_interval: `${rate}s`, __range: `${span}s` };
}

async function runTarget(target, context, entry) {
  const { range, variables, step } = context;
  entry.expr = variables.inQuery(target.expr);
  const align = (time) => Math.floor(time.unix() / step) * step;
  const answer = target.instant
    ? await ask('query', { query: entry.expr, time: range.to.unix() })
    : await ask('query_range', { query: entry.expr, start: align(range.from), end: align(range.to), step });
  entry.series = answer.data.result.length;
  entry.ms = answer.ms;
  entry.warnings = answer.warnings;
  return answer.data.result;
}

async function transformed(panel, frames, report) {
  if (!panel.transformations?.length || !frames.length) return frames;
  try {
    return await lastValueFrom(transformDataFrame(panel.transformations, frames, { interpolate: (text) => text }));
  } catch (error) {
    report.problems.push(`transformation failed: ${error.message}`);
    return frames;
  }
}

function checkOverrides(panel, frames, report) {
  const names = frames.flatMap((frame) => frame.fields.flatMap((field) => [field.name, getFieldDisplayName(field, frame, frames)]));
  report.fields = [...new Set(names)];
  for (const { matcher, properties } of panel.fieldConfig.overrides) {
    if (frames.length && matcher.id === 'byName' && !names.includes(matcher.options)) report.unmatched.push(matcher.options);
    for (const { id } of properties) if (!isFieldOption(panel.type, id)) report.problems.push(`no field option ${id}`);
  }
}

function withFieldOptions(panel, frames, theme, variables) {
  const { defaults, overrides } = panel.fieldConfig;
  const color = { mode: panel.type === 'timeseries' ? 'palette-classic' : 'thresholds' };
  const custom = { ...CUSTOM_DEFAULTS[panel.type], ...defaults.custom };
  panel.fieldConfig = { defaults: { color, mappings: [], ...defaults, custom }, overrides };
  return applyFieldOverrides({
    data: frames,
    fieldConfig: panel.fieldConfig,
    replaceVariables: (text) => variables.inText(text),
    theme,
    timeZone: 'utc',
    fieldConfigRegistry: fieldOptions(panel.type),
  });
}

export async function panelFrames(panel, { range, variables, theme, scrape, width }, report) {
  const interval = rangeUtil.calculateInterval(range, Math.max(100, Math.floor(width)), `${scrape}s`);
  const step = Math.max(1, Math.round(interval.intervalMs / 1000));
  variables.builtIn = builtIn(range, step, scrape);
  const frames = [];
  for (const target of panel.targets) {
    const entry = { refId: target.refId };
    report.targets.push(entry);
    try {
      const result = await runTarget(target, { range, variables, step }, entry);
      frames.push(...toFrames(target, result, step, panel.targets.length > 1));
    } catch (error) {
      entry.error = error.message;
    }
  }
  const drawn = await transformed(panel, frames, report);
  checkOverrides(panel, drawn, report);
  report.empty = !drawn.some((frame) => frame.length);
  report.series = drawn.length;
  return withFieldOptions(panel, drawn, theme, variables);
}
