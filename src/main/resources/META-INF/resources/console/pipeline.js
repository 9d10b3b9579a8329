import {html, nothing} from 'lit';
import {Part, card} from './element.js';
import {live} from './live.js';
import {t} from './messages.js';
import {compact, count, millis, rate, seconds} from './format.js';

/** The pipeline as a picture: each station with what it does now, from the command to the feed. */
class Pipeline extends Part {
  render() {
    const {snapshot} = live;
    if (!snapshot) return nothing;
    return card(t('pipeline.title'), html`
      <ol class="pipeline">${this.#stations(snapshot)}</ol>
      ${snapshot.projection ? this.#partitions(snapshot.projection) : nothing}`, {wide: true, aside: this.#state(snapshot)});
  }

  #state({projection, ready}) {
    const state = projection?.state;
    const tone = ready === false ? 'bad' : state === 'CURRENT' || !state ? 'good' : 'warn';
    return html`<p class="pill ${tone}">${ready === false ? t('notReady') : state ? t(`state.${state}`) : t('ready')}</p>`;
  }

  #stations({point, relay, projection, feeds}) {
    const stations = [];
    if (relay) {
      stations.push(
        station(t('commands'), rate(point.commands), t('perSecond'), point.commands),
        station(t('eventLog'), compact(relay.head), t('lastEvent'), point.commands),
        station(t('relay'), compact(relay.backlog), t('waitInLog'), point.published, relayTone(relay),
          relay.active === undefined ? t('relay.off') : relay.active ? t('relay.here') : t('relay.elsewhere')));
    }
    if (projection) {
      const end = projection.partitions.reduce((sum, each) => sum + (each.endOffset ?? each.position), 0);
      stations.push(
        station(t('topics'), compact(end), t('records'), point.published ?? point.applied),
        station(t('projection'), compact(projection.lagEvents), t('eventsBehind'), point.applied,
          projection.state.startsWith('PAUS') ? 'warn' : '', projection.lagEvents ? seconds(projection.lagSeconds) : t('level')),
        station(t('batches'), rate(point.batches), t('perSecond'), point.applied, '',
          point.batchSize ? t('batch.of', {size: compact(point.batchSize), time: millis(point.flush)}) : t('resting')),
        station(t('viewRows'), rate(point.applied), t('perSecond'), point.applied, '',
          point.p50 === undefined ? t('resting') : t('latency', {p50: millis(point.p50), p99: millis(point.p99)})),
        station(t('feeds'), count(feeds), t('open'), 0));
    }
    return stations;
  }

  #partitions({partitions}) {
    if (!partitions.length) return html`<p class="muted">${t('noPartitions')}</p>`;
    const topics = Map.groupBy ? Map.groupBy(partitions, each => each.topic) : grouped(partitions);
    const most = Math.max(1, ...partitions.map(each => each.lagEvents ?? 0));
    return html`<div class="topics">${[...topics].map(([topic, those]) => html`
      <section aria-label=${t('partitionsOf', {topic})}>
        <h3><bdi>${topic}</bdi> <span class="muted">${t('behind', {n: count(those.reduce((sum, each) => sum + (each.lagEvents ?? 0), 0))})}</span></h3>
        <ul class="partitions">${those.map(each => partition(each, most))}</ul>
      </section>`)}</div>`;
  }
}

function grouped(partitions) {
  const topics = new Map();
  partitions.forEach(each => topics.set(each.topic, [...(topics.get(each.topic) ?? []), each]));
  return topics;
}

function relayTone({waiting, backlog}) {
  return waiting > 5 ? 'bad' : backlog > 10000 ? 'warn' : '';
}

function station(name, figure, unit, flow, tone = '', more = nothing) {
  return html`<li class="station ${tone} ${flow > 0 ? 'flows' : ''}">
    <h3>${name}</h3>
    <p class="figure">${figure}</p>
    <p class="unit">${unit}</p>
    <p class="more">${more}</p>
  </li>`;
}

function partition(each, most) {
  const own = live.snapshot.owned[`${each.topic}/${each.partition}`] > 0;
  const lag = each.lagEvents;
  return html`<li class=${lag ? 'lags' : ''}>
    <span class="number">${each.partition}</span>
    <meter min="0" max=${most} .value=${lag ?? 0} aria-label=${t('lagOf', {n: each.partition})}></meter>
    <span class="lag">${lag === undefined ? '?' : compact(lag)}</span>
    <span class="epoch muted" title=${each.owner ?? ''}>${own ? t('own') : each.owner ? html`<bdi>${each.owner}</bdi>` : t('other')} · ${t('epoch', {n: each.epoch})}</span>
  </li>`;
}

customElements.define('sv-pipeline', Pipeline);
