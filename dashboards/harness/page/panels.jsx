// Grafana's own components, fed as its panels feed them.
import { cacheFieldDisplayNames, FieldType, getDisplayValueAlignmentFactors, getFieldDisplayValues, VizOrientation } from '@grafana/data';
import { BarGauge, BigValue, TimeSeries, VizRepeater } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import React from 'react';

const ORIENTATION = { auto: VizOrientation.Auto, horizontal: VizOrientation.Horizontal, vertical: VizOrientation.Vertical };

export function Empty({ panel, theme }) {
  const style = { height: '100%', display: 'flex', alignItems: 'center', justifyContent: 'center', textAlign: 'center', color: theme.colors.text.secondary };
  return <div style={style}>{panel.fieldConfig.defaults.noValue ?? 'No data'}</div>;
}

function Repeated({ panel, frames, theme, width, height, sparkline, autoGrid, draw }) {
  const values = () =>
    getFieldDisplayValues({
      fieldConfig: panel.fieldConfig, reduceOptions: panel.options.reduceOptions, replaceVariables: (text) => text, theme, data: frames, sparkline, timeZone: 'utc',
    });
  return (
    <VizRepeater getValues={values} getAlignmentFactors={getDisplayValueAlignmentFactors} renderValue={draw} width={width} height={height} source={frames}
      renderCounter={0} itemSpacing={3} autoGrid={autoGrid} maxVizHeight={panel.options.maxVizHeight} orientation={ORIENTATION[panel.options.orientation]} minVizHeight={panel.options.minVizHeight}
      minVizWidth={panel.options.minVizWidth} />
  );
}

function Stat(props) {
  const { colorMode, graphMode, justifyMode, textMode, text, wideLayout } = props.panel.options;
  const draw = ({ value, alignmentFactors, width, height, count }) => (
    <BigValue value={value.display} sparkline={value.sparkline} count={count} colorMode={colorMode} graphMode={graphMode} justifyMode={justifyMode}
      textMode={textMode} text={text} wideLayout={wideLayout} alignmentFactors={alignmentFactors} width={width} height={height} theme={props.theme} />
  );
  return <Repeated {...props} autoGrid sparkline={graphMode !== 'none'} draw={draw} />;
}

function Bars(props) {
  const { displayMode, showUnfilled, valueMode, namePlacement, text } = props.panel.options;
  const draw = ({ value, alignmentFactors, width, height, orientation }) => (
    <BarGauge value={value.display} field={value.field} display={value.view?.getFieldDisplayProcessor?.(value.colIndex)} width={width} height={height}
      orientation={orientation} theme={props.theme} itemSpacing={3} lcdCellWidth={12} displayMode={displayMode} showUnfilled={showUnfilled}
      alignmentFactors={alignmentFactors} valueDisplayMode={valueMode} namePlacement={namePlacement} text={text} />
  );
  return <Repeated {...props} draw={draw} />;
}

function Table({ panel, frames, theme, width, height, range }) {
  cacheFieldDisplayNames(frames);
  return (
    <TableNG data={frames[0]} width={width} height={height} theme={theme} sortBy={panel.options.sortBy} cellHeight={panel.options.cellHeight} timeRange={range}
      fieldConfig={panel.fieldConfig} structureRev={1} />
  );
}

function Trend({ panel, frames, range, width, height }) {
  const drawn = frames.filter((frame) => frame.length && frame.fields.some((field) => field.type === FieldType.number));
  return (
    <TimeSeries frames={drawn} structureRev={1} timeRange={range} timeZone="utc" width={width} height={height} legend={panel.options.legend} options={panel.options} />
  );
}

export const RENDERERS = { timeseries: Trend, stat: Stat, bargauge: Bars, table: Table };
