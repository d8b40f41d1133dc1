// What Grafana's application registers at its start: field options by panel type, and transformations.
import {
  FieldConfigOptionsRegistry,
  standardEditorsRegistry,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
} from '@grafana/data';

const STANDARD = ['unit', 'min', 'max', 'fieldMinMax', 'decimals', 'displayName', 'noValue', 'color', 'thresholds', 'mappings', 'links', 'filterable'];
const CUSTOM = {
  timeseries: ['drawStyle', 'lineInterpolation', 'lineWidth', 'fillOpacity', 'gradientMode', 'lineStyle', 'spanNulls', 'showPoints', 'pointSize',
    'stacking', 'axisPlacement', 'axisLabel', 'axisSoftMin', 'axisSoftMax', 'scaleDistribution', 'hideFrom', 'thresholdsStyle'],
  table: ['width', 'minWidth', 'align', 'cellOptions', 'inspect', 'filterable', 'wrapHeaderText', 'hidden', 'hideFrom'],
};

const option = (path, isCustom) => ({
  id: isCustom ? `custom.${path}` : path,
  path,
  name: path,
  isCustom,
  editor: () => null,
  override: () => null,
  process: (value) => value,
  shouldApply: () => true,
  settings: {},
});

export function fieldOptions(panelType) {
  const registry = new FieldConfigOptionsRegistry();
  STANDARD.forEach((path) => registry.register(option(path, false)));
  (CUSTOM[panelType] ?? []).forEach((path) => registry.register(option(path, true)));
  return registry;
}

export const isFieldOption = (panelType, id) =>
  id.startsWith('custom.') ? (CUSTOM[panelType] ?? []).includes(id.slice('custom.'.length)) : STANDARD.includes(id);

export function registerAll() {
  standardFieldConfigEditorRegistry.setInit(() => STANDARD.map((path) => option(path, false)));
  standardEditorsRegistry.setInit(() => []);
  const transformers = new Map(Object.values(standardTransformers).map((each) => [each.id, each]));
  standardTransformersRegistry.setInit(() =>
    [...transformers.values()].map((each) => ({ id: each.id, name: each.name, transformation: () => Promise.resolve(each), editor: () => null })),
  );
}
