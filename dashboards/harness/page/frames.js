// Prometheus' answers as Grafana's data frames.
import { FieldType, createDataFrame } from '@grafana/data';

const SPECIAL = { '+Inf': Infinity, '-Inf': -Infinity, NaN: null };
const number = (text) => (text in SPECIAL ? SPECIAL[text] : Number(text));

function automaticName({ __name__: name = '', ...labels }) {
  const text = Object.entries(labels).map(([label, value]) => `${label}="${value}"`).join(', ');
  return text ? `${name}{${text}}` : name || 'Value';
}

const legend = (format, metric) =>
  format && format !== '__auto' ? format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => metric[label] ?? '') : automaticName(metric);

function tableFrame(refId, result, several) {
  const labels = [...new Set(result.flatMap((series) => Object.keys(series.metric)))].sort();
  const column = (name, type, values) => ({ name, type, values, config: { filterable: true } });
  return createDataFrame({
    refId,
    fields: [
      column('Time', FieldType.time, result.map((series) => series.value[0] * 1000)),
      ...labels.map((label) => column(label, FieldType.string, result.map((series) => series.metric[label] ?? ''))),
      column(several ? `Value #${refId}` : 'Value', FieldType.number, result.map((series) => number(series.value[1]))),
    ],
  });
}

// Prometheus leaves gaps out; a null in them breaks the line.
function withGaps(points, step) {
  const filled = [];
  for (const [at, value] of points) {
    const last = filled.at(-1);
    if (last && at - last[0] > 1.5 * step) filled.push([last[0] + step, null]);
    filled.push([at, number(value)]);
  }
  return filled;
}

function seriesFrame(target, series, step) {
  const points = series.values ? withGaps(series.values, step) : [[series.value[0], number(series.value[1])]];
  const { __name__, ...labels } = series.metric;
  const name = legend(target.legendFormat, series.metric);
  return createDataFrame({
    refId: target.refId,
    name,
    fields: [
      { name: 'Time', type: FieldType.time, values: points.map(([at]) => at * 1000), config: { interval: step * 1000 } },
      { name: 'Value', type: FieldType.number, values: points.map(([, value]) => value), labels, config: { displayNameFromDS: name } },
    ],
  });
}

export function toFrames(target, result, step, several) {
  if (target.format === 'table') return result.length ? [tableFrame(target.refId, result, several)] : [];
  return result.map((series) => seriesFrame(target, series, step));
}
