// A dashboard's variables: their values, and texts with them filled in as Grafana does it.
import { labelValues } from './prometheus.js';

const escapeRegex = (text) => text.replace(/\\/g, '\\\\\\\\').replace(/[$^*{}[\]+?.()|]/g, '\\\\$&');
const escapeString = (text) => text.replace(/\\/g, '\\\\').replace(/"/g, '\\"');

export class Variables {
  constructor() {
    this.values = new Map(); // name: {text, query}: as in titles, and as in queries
    this.builtIn = {}; // of the panel that is asked for
    this.missing = new Set();
  }

  set(variable, value) {
    const list = Array.isArray(value) ? value : [value];
    const escape = variable.multi ? escapeRegex : escapeString;
    const escaped = list.map(escape);
    this.values.set(variable.name, { text: list.join(' + '), query: escaped.length === 1 ? escaped[0] : `(${escaped.join('|')})` });
  }

  // `.*`, not escaped.
  setAll(variable) {
    this.values.set(variable.name, { text: variable.name === 'datasource' ? '' : 'All', query: variable.allValue });
  }

  // Choices' own texts (30 days for 30d) in titles.
  setChoice(variable, value) {
    const option = variable.options.find((each) => each.value === value);
    this.values.set(variable.name, { text: option?.text ?? value, query: value });
  }

  fill(text, form) {
    return text.replace(/\$\{(\w+)(?::\w+)?\}|\$([A-Za-z_]\w*)/g, (all, braced, plain) => {
      const name = braced ?? plain;
      if (name in this.builtIn) return this.builtIn[name];
      const value = this.values.get(name);
      if (value) return value[form];
      if (!name.startsWith('__')) this.missing.add(name);
      return all;
    });
  }

  inQuery(text) {
    return this.fill(text, 'query');
  }

  inText(text) {
    return this.fill(text, 'text');
  }
}

// `forced`: values from the page's address, by name.
export async function resolveVariables(dashboard, range, forced, report) {
  const variables = new Variables();
  for (const variable of dashboard.templating.list) {
    const { name } = variable;
    const chosen = forced.getAll(`var-${name}`);
    if (variable.type === 'datasource') {
      variables.set(variable, 'prometheus');
    } else if (variable.type === 'custom') {
      variables.setChoice(variable, chosen[0] ?? variable.current.value);
    } else if (chosen.length) {
      variables.set(variable, chosen);
    } else if (variable.includeAll) {
      variables.setAll(variable);
    } else {
      const options = (await labelValues(variables.inQuery(variable.definition), range)).sort();
      if (!options.length) report.emptyVariables.push(name);
      variables.set(variable, options[0] ?? '');
    }
  }
  return variables;
}
