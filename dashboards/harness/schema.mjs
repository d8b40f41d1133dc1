// node schema.mjs DASHBOARDS...: fields that Grafana's own types do not know, or know with other values. The JSON Schema is made from @grafana/schema.
import fs from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import { createGenerator } from 'ts-json-schema-generator';

const TYPES = path.join(import.meta.dirname, 'node_modules/@grafana/schema/dist/types/raw');
const PANELS = ['timeseries', 'stat', 'bargauge', 'table'];
const SOURCES = {
  dashboard: ['dashboard/x/types.gen.d.ts', 'Dashboard'],
  panel: ['dashboard/x/types.gen.d.ts', 'Panel'],
  row: ['dashboard/x/types.gen.d.ts', 'RowPanel'],
};
for (const panel of PANELS) {
  const file = `composable/${panel}/panelcfg/x/types.gen.d.ts`;
  SOURCES[`${panel} options`] = [file, 'Options'];
  if (panel === 'timeseries' || panel === 'table') SOURCES[`${panel} field`] = [file, 'FieldConfig'];
}

// Read by the Prometheus data source and by Grafana's variables, but not part of the general types.
const OF_DATA_SOURCE = new Set(['definition', 'expr', 'step', 'titleFormat', 'textFormat', 'tagKeys']);
const isOfDataSource = ({ instancePath, params }) =>
  /^\/(annotations|templating)\/list\/\d+$/.test(instancePath) && OF_DATA_SOURCE.has(params.additionalProperty);

// What is absent has a default, so nothing is required.
function withoutRequired(node) {
  if (node === null || typeof node !== 'object') return;
  if (Array.isArray(node.required)) delete node.required;
  Object.values(node).forEach(withoutRequired);
}

function validator([file, type]) {
  const tsconfig = path.join(import.meta.dirname, 'tsconfig.json');
  const schema = createGenerator({ path: path.join(TYPES, file), type, tsconfig, skipTypeCheck: true, additionalProperties: false, expose: 'none' }).createSchema(type);
  withoutRequired(schema);
  return new Ajv({ allErrors: true, strict: false, validateFormats: false }).compile(schema);
}

const validators = Object.fromEntries(Object.entries(SOURCES).map(([name, source]) => [name, validator(source)]));
let problems = 0;

function check(where, name, value) {
  const validate = validators[name];
  if (!validate || value === undefined || validate(value)) return;
  for (const error of validate.errors) {
    if (['anyOf', 'oneOf', 'if'].includes(error.keyword) || isOfDataSource(error)) continue;
    problems += 1;
    console.log(`${where}${error.instancePath}: ${error.message} ${error.params.additionalProperty ?? error.params.allowedValues ?? ''}`);
  }
}

function checkPanel(where, { options, fieldConfig, ...rest }) {
  check(where, 'panel', rest);
  const { custom, ...defaults } = fieldConfig.defaults;
  check(`${where} fieldConfig`, 'panel', { fieldConfig: { defaults, overrides: fieldConfig.overrides } });
  check(`${where} options`, `${rest.type} options`, options);
  check(`${where} custom`, `${rest.type} field`, custom);
}

for (const file of process.argv.slice(2)) {
  const { panels, ...dashboard } = JSON.parse(fs.readFileSync(file));
  const name = path.basename(file, '.json');
  check(name, 'dashboard', dashboard);
  for (const panel of panels.flatMap((each) => [each, ...(each.panels ?? [])])) {
    if (panel.type === 'row') check(`${name}: ${panel.title}`, 'row', { ...panel, panels: [] });
    else checkPanel(`${name}: ${panel.title}`, panel);
  }
}
console.log(`schema: ${problems} problems`);
process.exit(problems ? 1 : 0);
