import {html, nothing} from 'lit';
import {Part, card} from './element.js';
import {live} from './live.js';
import {get, send} from './api.js';
import {t} from './messages.js';
import {compact, count, millis, moment} from './format.js';
import {lines} from './chart.js';
import './pipeline.js';

const DEPARTMENTS = 'department_stats';
const MOST_BARS = 12;

/** The first look: the pipeline, the last minutes, and what somebody should know of. */
class Overview extends Part {
  constructor() {
    super();
    this.health = null;
    this.departments = null;
    this.every(5000, async () => {
      this.health = await (await send('/q/health')).json();
    });
    this.every(2000, () => this.#readDepartments());
  }

  async #readDepartments() {
    if (this.departments === undefined || !live.has('/api/views/{view}')) return;
    const rows = await get(`/api/views/${DEPARTMENTS}?limit=200`).catch(failure => {
      // not in these views, or not for this client: not asked for again
      if (failure.status === 404 || failure.status === 403 || failure.status === 401) return undefined;
      throw failure;
    });
    this.departments = rows?.filter(row => 'user_count' in row)
      .sort((one, other) => other.user_count - one.user_count).slice(0, MOST_BARS);
  }

  render() {
    if (!live.snapshot) return nothing;
    const {projection, relay} = live.snapshot;
    return html`<sv-pipeline></sv-pipeline>
      <div class="grid">
        ${this.#throughput(relay, projection)}
        ${this.#lag(relay, projection)}
        ${projection ? this.#latency() : nothing}
        ${this.departments ? this.#departments() : nothing}
        ${this.#health()}
        ${projection ? this.#attention(projection) : nothing}
      </div>`;
  }

  #throughput(relay, projection) {
    const series = [
      relay && {name: t('commands'), of: point => point.commands},
      relay && {name: t('published'), of: point => point.published},
      projection && {name: t('applied'), of: point => point.applied},
    ].filter(Boolean);
    const {point} = live.snapshot;
    return card(t('rate.title'), html`<sv-chart .option=${lines(live.history, series, compact)}
      label=${t('rate.label', {n: compact(point.applied ?? point.commands)})}></sv-chart>`);
  }

  #lag(relay, projection) {
    const series = [
      projection && {name: t('lag'), of: point => point.lag},
      relay && {name: t('backlog'), of: point => point.backlog},
    ].filter(Boolean);
    const {point} = live.snapshot;
    return card(t('lag.title'), html`<sv-chart .option=${lines(live.history, series, compact, {area: true})}
      label=${t('lag.label', {lag: count(point.lag), backlog: count(point.backlog)})}></sv-chart>`);
  }

  #latency() {
    const series = [
      {name: t('half'), of: point => point.p50},
      {name: t('almostAll'), of: point => point.p99},
    ];
    const last = live.history.findLast(point => point.p50 !== undefined);
    return card(t('latency.title'), html`<sv-chart .option=${lines(live.history, series, millis)}
      label=${t('latency.label', {p50: millis(last?.p50), p99: millis(last?.p99)})}></sv-chart>`);
  }

  #departments() {
    if (!this.departments.length) return card(t('departments'), html`<p class="empty">${t('departments.none')}</p>`);
    const names = this.departments.map(row => row.department ?? t('departments.without'));
    return card(t('departments'), html`<sv-chart .option=${{
      grid: {left: 8, right: 48, top: 4, bottom: 4, containLabel: true},
      legend: {show: false},
      tooltip: {show: false},
      xAxis: {type: 'value', axisLabel: {show: false}},
      yAxis: {type: 'category', inverse: true, data: names, axisLabel: {width: 110, overflow: 'truncate'}, splitLine: {show: false}},
      series: [{type: 'bar', barMaxWidth: 18, itemStyle: {borderRadius: 4}, data: this.departments.map(row => row.user_count),
        label: {show: true, position: 'right', color: 'inherit', formatter: bar => compact(bar.value)}}],
    }} label=${t('departments.label', {list: this.departments.map((row, i) => `${names[i]} ${count(row.user_count)}`).join(', ')})}></sv-chart>`);
  }

  #health() {
    const checks = this.health?.checks ?? [];
    return card(t('health'), html`${this.problem()}
      <ul class="checks">${checks.map(check => html`<li>
        <span class="dot ${check.status === 'UP' ? 'good' : 'bad'}" aria-hidden="true"></span>
        <span class="what"><b>${check.name}</b> ${check.status === 'UP' ? t('up') : t('down')}
          ${['trouble', 'lastError', 'waiting'].filter(key => check.data?.[key]).map(key => html`<br><bdi class="bad-text">${check.data[key]}</bdi>`)}</span>
      </li>`)}</ul>`, {aside: this.health ? html`<p class="pill ${this.health.status === 'UP' ? 'good' : 'bad'}">${
        this.health.status === 'UP' ? t('up') : t('down')}</p>` : nothing});
  }

  #attention({gaps, pausedAt, suspended = []}) {
    const {letters = {}} = live.snapshot;
    const items = (this.health?.checks ?? []).filter(check => check.status !== 'UP').map(check => ['bad', t('check.down', {
      name: check.name, why: check.data?.trouble ?? check.data?.lastError ?? ''})]);
    const {waiting} = this.health?.checks?.find(check => check.data?.waiting)?.data ?? {};
    if (waiting) items.push(['warn', waiting]);
    if (pausedAt) items.push(['warn', t('paused', {since: moment(pausedAt)})]);
    if (letters.open) items.push(['bad', html`<a href="#letters">${t('letters.open', {n: count(letters.open)})}</a>`]);
    if (letters.superseded) items.push(['warn', t('letters.superseded', {n: count(letters.superseded)})]);
    suspended.forEach(each => items.push(['bad', html`<bdi>${each.view}</bdi>: ${t('suspended', {since: moment(each.since)})}. <bdi>${each.error}</bdi>`]));
    gaps.forEach(gap => items.push(['bad', t('gap', {topic: gap.topic, partition: gap.partition, from: gap.fromOffset, to: gap.toOffset ?? '?',
      reason: t(`gap.${gap.reason}`)})]));
    return card(t('attention'), items.length
      ? html`<ul class="checks">${items.map(([tone, text]) => html`<li><span class="dot ${tone}" aria-hidden="true"></span><span class="what"><bdi>${text}</bdi></span></li>`)}</ul>`
      : html`<p class="empty">${t('attention.none')}</p>`);
  }
}

customElements.define('sv-overview', Overview);
