import {LitElement, html} from 'lit';

/** A chart of ECharts, in the page's colours; drawn anew when its data, the theme or the width changes. Its label says what it shows. */

let library;

function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = name => style.getPropertyValue(name).trim();
  return {text: of('--muted'), line: of('--border'), series: ['--blue', '--teal', '--amber', '--violet'].map(of), card: of('--card')};
}

class Chart extends LitElement {
  static properties = {option: {attribute: false}, label: {}, failed: {state: true}};
  #chart = null;
  #sizes = new ResizeObserver(() => this.#chart?.resize());
  #themes = new MutationObserver(() => this.#draw());

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    this.#themes.observe(document.documentElement, {attributes: true, attributeFilter: ['data-theme']});
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#sizes.disconnect();
    this.#themes.disconnect();
    this.#chart?.dispose();
    this.#chart = null;
  }

  render() {
    return this.failed ? html`<p class="muted">${this.label}</p>` : html`<div class="chart" role="img" aria-label=${this.label}></div>`;
  }

  async updated() {
    const place = this.querySelector('.chart');
    if (!place) return;
    try {
      library ??= import('echarts/dist/echarts.esm.min.js');
      const echarts = await library;
      if (!this.#chart && place.isConnected) {
        this.#chart = echarts.init(place, null, {renderer: 'canvas'});
        this.#sizes.observe(place);
      }
      this.#draw();
    } catch {
      library = undefined;
      this.failed = true;
    }
  }

  #draw() {
    if (!this.#chart || document.hidden) return;
    const {text, line, series, card} = colours();
    const axis = {
      axisLine: {lineStyle: {color: line}}, axisTick: {show: false}, axisLabel: {color: text, fontSize: 11},
      splitLine: {lineStyle: {color: line, opacity: 0.5}},
    };
    const {xAxis, yAxis, ...rest} = this.option;
    this.#chart.setOption({
      animation: false,
      color: series,
      textStyle: {fontFamily: 'system-ui, sans-serif'},
      grid: {left: 18, right: 14, top: 34, bottom: 4, containLabel: true},
      legend: {top: 0, left: 0, icon: 'roundRect', itemWidth: 12, itemHeight: 4, textStyle: {color: text}, inactiveColor: line},
      tooltip: {trigger: 'axis', renderMode: 'richText', backgroundColor: card, borderColor: line, textStyle: {color: text}},
      ...rest,
      xAxis: {...axis, ...xAxis, axisLabel: {...axis.axisLabel, ...xAxis.axisLabel}, splitLine: {show: false}},
      yAxis: {...axis, ...yAxis, axisLabel: {...axis.axisLabel, ...yAxis.axisLabel}},
    }, {replaceMerge: ['series']});
  }
}

customElements.define('sv-chart', Chart);

const WINDOW_MS = 120000;
const GAP_MS = 4000;

/** Lines over the last minutes; broken where nobody has looked. */
export function lines(points, series, unit, {area = false} = {}) {
  const last = points.at(-1)?.at ?? Date.now();
  const recent = points.filter(point => point.at >= last - WINDOW_MS);
  return {
    xAxis: {type: 'time', min: last - WINDOW_MS, max: last, splitNumber: 4,
      axisLabel: {hideOverlap: true, formatter: {minute: '{HH}:{mm}', second: '{HH}:{mm}:{ss}', hour: '{HH}:{mm}'}}},
    yAxis: {type: 'value', min: 0, minInterval: 1, axisLabel: {formatter: unit}},
    tooltip: {trigger: 'axis', renderMode: 'richText', valueFormatter: unit},
    series: series.map(({name, of}) => ({
      name, type: 'line', symbol: 'circle', symbolSize: 3, lineStyle: {width: 2}, connectNulls: false,
      areaStyle: area ? {opacity: 0.12} : undefined,
      data: recent.flatMap((point, i) => [
        ...(i && point.at - recent[i - 1].at > GAP_MS ? [[point.at - 1, null]] : []),
        [point.at, of(point) ?? null],
      ]),
    })),
  };
}
