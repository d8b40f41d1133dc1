"""Building blocks of Grafana dashboards: queries, panels, and a layout that fills lines from left to right.

In expressions `@` between braces stands for the matchers of the dashboard's variables: `cpaas_up{@}` becomes
`cpaas_up{provider=~"$provider",account=~"$account"}`. And `hourly by (account) (cpaas_requests_total{@})` is what a counter rose by in the last
hour, as in the recording rules: unlike increase() it does not guess at the edges, which shows as teeth where polls are minutes apart.
"""
import re

REPOSITORY = "https://github.com/cpaas-exporter/cpaas_exporter/blob/main/"
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
GREEN, YELLOW, ORANGE, RED, BLUE, PURPLE = "green", "yellow", "orange", "red", "blue", "purple"
NEUTRAL = "text"  # Grafana's name for the colour of text: readable dark and light
# Symbols for the currencies that the providers charge in; others show as a plain number beside their code.
CURRENCIES = {"INR": "currencyINR", "USD": "currencyUSD", "EUR": "currencyEUR", "GBP": "currencyGBP"}


def about(what, source, lag="as old as the last poll", act=""):
    """A panel's description: what it shows with its unit, the provider's field or the metric behind it, how late it is, what to do."""
    text = f"{what}\n\n**From:** {source}\n\n**Lag:** {lag}"
    return f"{text}\n\n**What to do:** {act}" if act else text


def runbook(alert, subject):
    return f"[{alert}]({REPOSITORY}docs/runbooks/{subject}.md#{alert.lower()})"


def expanded(expr):
    def hourly(match):
        labels, selector = match.groups()
        return f"clamp_min(max by ({labels}) ({selector}) - max by ({labels}) ({selector} offset 1h), 0)"

    return re.sub(r"hourly by \(([\w, ]+)\) \((\w+\{[^}]*\})\)", hourly, " ".join(expr.split()))


def query(expr, legend="", instant=False, table=False):
    result = {"datasource": DATASOURCE, "editorMode": "code", "expr": expanded(expr), "legendFormat": legend or "__auto"}
    result.update({"instant": True, "range": False} if instant or table else {"instant": False, "range": True})
    if table:
        result["format"] = "table"
    return result


def steps(base, *changes):
    """steps(GREEN, (0.8, ORANGE), (1, RED)): a colour below everything, and the colours from values on."""
    return {"mode": "absolute", "steps": [{"color": base, "value": None}] + [{"color": color, "value": value} for value, color in changes]}


def override(matcher, options, **properties):
    """Properties of the fields that match; `custom__width=90` is `custom.width`."""
    return {"matcher": {"id": matcher, "options": options},
            "properties": [{"id": name.replace("__", "."), "value": value} for name, value in properties.items()]}


def currency_units(text=r".*\b{}$"):
    """The symbol for fields whose name ends with a currency's code."""
    return [override("byRegexp", text.format(code), unit=unit, decimals=2) for code, unit in CURRENCIES.items()]


def panel(kind, title, description, queries, width, height, no_value, defaults, overrides=(), options=None, transformations=()):
    targets = [{**each, "refId": chr(ord("A") + index)} for index, each in enumerate(queries)]
    result = {"type": kind, "title": title, "description": description, "datasource": DATASOURCE, "size": (width, height),
              "fieldConfig": {"defaults": {"noValue": no_value, **defaults}, "overrides": list(overrides)},
              "options": options or {}, "targets": targets}
    if transformations:
        result["transformations"] = list(transformations)
    return result


def stat(title, description, queries, unit="short", thresholds=None, no_value="none", width=4, height=4, decimals=None, overrides=(),
         sparkline=True, names="auto", mappings=None):
    """One or a few numbers that say whether it is well. Without thresholds the colour says nothing."""
    defaults = {"unit": unit, "color": {"mode": "thresholds"}, "thresholds": thresholds or steps(NEUTRAL)}
    if decimals is not None:
        defaults["decimals"] = decimals
    if mappings:
        defaults["mappings"] = mappings
    options = {"colorMode": "value", "graphMode": "area" if sparkline else "none", "justifyMode": "auto", "orientation": "auto",
               "textMode": names, "wideLayout": False, "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}
    if names == "value_and_name":
        options["text"] = {"titleSize": 14, "valueSize": 34}
    if not sparkline:  # as it is now: the last value of a range may have been withdrawn since
        queries = [{**each, "instant": True, "range": False} for each in queries]
    return panel("stat", title, description, queries, width, height, no_value, defaults, overrides, options)


def trend(title, description, queries, unit="short", thresholds=None, no_value="nothing in this time range", width=12, height=8, stacked=False,
          bars=False, decimals=None, overrides=(), minimum=0, maximum=None, legend="list", calcs=(), fill=None):
    """Lines over time. Thresholds, when given, are drawn as dashed lines."""
    custom = {"drawStyle": "bars" if bars else "line", "lineInterpolation": "linear", "lineWidth": 1 if stacked or bars else 2,
              "fillOpacity": fill if fill is not None else (60 if bars else 30 if stacked else 8), "gradientMode": "none", "showPoints": "never",
              "spanNulls": False, "stacking": {"mode": "normal" if stacked else "none", "group": "A"}, "axisSoftMin": 0,
              "thresholdsStyle": {"mode": "dashed" if thresholds else "off"}}
    defaults = {"unit": unit, "color": {"mode": "palette-classic"}, "custom": custom, "thresholds": thresholds or steps(GREEN)}
    for name, value in (("min", minimum), ("max", maximum), ("decimals", decimals)):
        if value is not None:
            defaults[name] = value
    options = {"legend": {"displayMode": legend, "placement": "right" if legend == "table" else "bottom", "showLegend": True, "calcs": list(calcs)},
               "tooltip": {"mode": "multi", "sort": "desc"}}
    return panel("timeseries", title, description, queries, width, height, no_value, defaults, overrides, options)


def dashed(names):
    """Lines that are thresholds or what is usual: dashed, without a fill."""
    return override("byRegexp", names, custom__lineStyle={"fill": "dash", "dash": [6, 6]}, custom__fillOpacity=0, custom__lineWidth=1)


def bar_list(title, description, queries, unit="short", thresholds=None, no_value="none", width=12, height=8, maximum=None, overrides=()):
    """Horizontal bars, one for each series."""
    defaults = {"unit": unit, "min": 0, "color": {"mode": "thresholds"},
                "thresholds": thresholds or steps(BLUE)}
    if maximum is not None:
        defaults["max"] = maximum
    options = {"displayMode": "basic", "orientation": "horizontal", "showUnfilled": True, "valueMode": "color", "namePlacement": "left",
               "minVizHeight": 16, "maxVizHeight": 48, "minVizWidth": 8, "sizing": "manual", "text": {"titleSize": 12, "valueSize": 14},
               "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}
    return panel("bargauge", title, description, queries, width, height, no_value, defaults, overrides, options)


# In a table: no value, in no colour.
NOTHING = {"type": "special", "options": {"match": "null+nan", "result": {"text": "–", "color": NEUTRAL, "index": 9}}}


class Column:
    """Of a table: a label (`expr` empty) or the value of an expression that has the table's labels."""

    def __init__(self, name, label="", expr="", unit="", decimals=None, width=None, bar="", thresholds=None, mappings=None, link=None,
                 hidden=False):
        self.name, self.label, self.expr, self.unit, self.decimals, self.width = name, label, expr, unit, decimals, width
        self.hidden = hidden
        self.bar, self.thresholds, self.mappings, self.link = bar, thresholds, mappings, link

    def override(self):
        properties = {}
        if self.unit:
            properties["unit"] = self.unit
        if self.decimals is not None:
            properties["decimals"] = self.decimals
        if self.width:
            properties["custom__width"] = self.width
        if self.bar:
            properties.update(custom__cellOptions={"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}, min=0,
                              fieldMinMax=True, color={"mode": "fixed", "fixedColor": self.bar})
        if self.thresholds:
            properties.update(thresholds=self.thresholds, color={"mode": "thresholds"})
            if not self.bar:
                properties["custom__cellOptions"] = {"type": "color-text"}
        if self.mappings or self.thresholds:
            properties["mappings"] = [*(self.mappings or []), NOTHING]
        if self.link:
            properties["links"] = [self.link]
        return override("byName", self.name, **properties) if properties else None


def table(title, description, columns, sort="", descending=True, no_value="none", width=24, height=9):
    """Rows by entity. All expressions must have the same labels; those that no column names are left out."""
    values = [column for column in columns if column.expr]
    queries = [query(column.expr, table=True) for column in values]
    value_name = "Value" if len(values) == 1 else "Value #{}"
    names = {value_name.format(chr(ord("A") + index)): column.name for index, column in enumerate(values)}
    names.update({column.label: column.name for column in columns if column.label})
    reverse = {new: old for old, new in names.items()}
    used = {"Time"} | {label for expr in values for label in labels_of(expr.expr)}
    hidden = {name: True for name in sorted(used - set(names))} | {reverse[column.name]: True for column in columns if column.hidden}
    organize = {"id": "organize", "options": {"excludeByName": hidden, "renameByName": names, "includeByName": {},
                                              "indexByName": {reverse[column.name]: index for index, column in enumerate(columns)}}}
    defaults = {"unit": "short", "color": {"mode": "thresholds"}, "thresholds": steps(NEUTRAL),
                "custom": {"align": "auto", "cellOptions": {"type": "auto"}, "minWidth": 60, "wrapHeaderText": True}}
    options = {"showHeader": True, "cellHeight": "sm"}
    if sort:
        options["sortBy"] = [{"displayName": sort, "desc": descending}]
    # The text for no data is the panel's; a cell without a value has a dash.
    overrides = [override("byRegexp", "/.*/", noValue="–"), *(each for each in (column.override() for column in columns) if each)]
    merge = [{"id": "merge", "options": {}}] if len(values) > 1 else []
    return panel("table", title, description, queries, width, height, no_value, defaults, overrides, options, [*merge, organize])


def labels_of(expr):
    """The labels that the outermost aggregation of a table's query keeps, and those that group_left adds."""
    kept = re.findall(r"(?:by|group_left) \(([^)]*)\)", expr)
    return {label.strip() for group in kept for label in group.split(",") if label.strip()}


def collapsed(title, *lines):
    """A closed row of details."""
    return {"type": "row", "title": title, "collapsed": True, "lines": lines}


def heading(title):
    return {"type": "row", "title": title, "collapsed": False, "lines": ()}


def variable(name, label, definition, many=True):
    result = {"type": "query", "name": name, "label": label, "datasource": DATASOURCE, "definition": definition,
              "query": {"query": definition, "refId": f"variable-{name}", "qryType": 1}, "refresh": 2, "sort": 1, "hide": 0, "regex": "",
              "multi": many, "includeAll": many, "options": []}
    if many:
        result.update(allValue=".*", current={"selected": True, "text": ["All"], "value": ["$__all"]})
    else:
        result["current"] = {}
    return result


def variables(provider, currency, window):
    found = [{"type": "datasource", "name": "datasource", "label": "Data source", "query": "prometheus", "refresh": 1, "hide": 0, "regex": "",
              "multi": False, "includeAll": False, "options": [], "current": {}}]
    matchers = f'provider="{provider}"' if provider else 'provider=~"$provider"'
    if not provider:
        found.append(variable("provider", "Provider", "label_values(cpaas_up, provider)"))
    found.append(variable("account", "Account", f"label_values(cpaas_up{{{matchers}}}, account)"))
    if currency:
        definition = ('label_values({__name__=~"cpaas_(balance|cost_total|month_cost|budget|customer_balance)",'
                      f'{matchers},account=~"$account"}}, currency)')
        found.append(variable("currency", "Currency", definition, many=False))
    if window:
        choices = [("30 days", "30d"), ("7 days", "7d"), ("90 days", "90d")]
        found.append({"type": "custom", "name": "window", "label": "Provider's window", "multi": False, "includeAll": False, "hide": 0,
                      "query": ",".join(f"{text} : {value}" for text, value in choices),
                      "description": "Over how many days the provider reports: what the account's `window` says in the exporter's configuration.",
                      "current": {"selected": True, "text": "30 days", "value": "30d"},
                      "options": [{"selected": value == "30d", "text": text, "value": value} for text, value in choices]})
    return found


def annotations(matchers):
    expr = f'ALERTS{{alertname=~"Cpaas.*",alertstate="firing",{matchers}}}'
    return {"list": [
        {"name": "Annotations & Alerts", "type": "dashboard", "builtIn": 1, "enable": True, "hide": True, "iconColor": "rgba(0, 211, 255, 1)",
         "datasource": {"type": "grafana", "uid": "-- Grafana --"}},
        {"name": "Firing alerts", "enable": True, "hide": False, "iconColor": RED, "datasource": DATASOURCE, "expr": expr, "step": "60s",
         "titleFormat": "{{alertname}}", "textFormat": "{{account}} ({{provider}}), {{severity}}", "tagKeys": "severity"}]}


def place(lines, top=0, first_id=1):
    """Panels with gridPos and id, from lines of panels. A line's panels stand side by side; it is as high as its highest."""
    placed, number = [], first_id
    for line in lines:
        if isinstance(line, dict):
            row = {key: value for key, value in line.items() if key != "lines"}
            row.update(id=number, gridPos={"x": 0, "y": top, "w": 24, "h": 1})
            row["panels"], number = place(line["lines"], top + 1, number + 1)
            placed.append(row)
            top += 1
            continue
        left = 0
        for each in line:
            width, height = each["size"]
            each = {"id": number, **{key: value for key, value in each.items() if key != "size"},
                    "gridPos": {"x": left, "y": top, "w": width, "h": height}}
            placed.append(each)
            left, number = left + width, number + 1
        if left != 24:
            raise ValueError(f"a line of {[each['title'] for each in line]} is {left} wide, not 24")
        top += max(each["size"][1] for each in line)
    return placed, number


def with_matchers(value, matchers):
    """Every `@` inside braces of every expression replaced."""
    if isinstance(value, dict):
        return {key: re.sub(r"(?<=[{,])@", lambda _: matchers, text) if key == "expr" else with_matchers(text, matchers) for key, text in value.items()}
    if isinstance(value, list):
        return [with_matchers(each, matchers) for each in value]
    return value


def dashboard(name, title, description, lines, provider="", currency=False, window=False, time="now-24h", tags=()):
    """`provider`: whose dashboard it is; then there is no variable for it. `currency`, `window`: with these variables."""
    provider_matcher = f'provider="{provider}"' if provider else 'provider=~"$provider"'
    matchers = f'{provider_matcher},account=~"$account"'
    return {
        "uid": f"cpaas-{name}", "id": None, "title": title, "description": description, "tags": ["cpaas", *tags], "schemaVersion": 39,
        "version": 1, "editable": True, "graphTooltip": 1, "fiscalYearStartMonth": 0, "weekStart": "", "timezone": "browser", "refresh": "1m",
        "liveNow": False, "time": {"from": time, "to": "now"}, "timepicker": {},
        "annotations": annotations(matchers),
        "links": [{"title": "CPaaS dashboards", "type": "dashboards", "tags": ["cpaas"], "asDropdown": True, "includeVars": True, "keepTime": True,
                   "icon": "external link", "targetBlank": False, "tooltip": "", "url": ""}],
        "templating": {"list": variables(provider, currency, window)},
        "panels": with_matchers(place(lines)[0], matchers),
    }
