import {html} from 'lit';
import {Part, card, field} from './element.js';
import {get, lines, request} from './api.js';
import {t} from './messages.js';
import {count, moment, value} from './format.js';

const MOST = 50;

/** The records of a topic's partition: the newest, or those from an offset on. */
class Topics extends Part {
  constructor() {
    super();
    this.records = null;
    this.every(10000, async () => {
      this.topics ??= await get('/api/admin/topics');
      this.topic ??= this.topics[0];
      if (this.topic) this.extents = (await get(`/api/admin/topics/${encodeURIComponent(this.topic)}`)).partitions;
    });
  }

  render() {
    return card(t('topics.title'), html`${this.problem()}
      <form class="line" @submit=${this.#read}>
        ${field(t('topic'), html`<select name="topic" @change=${this.#choose}>${(this.topics ?? []).map(topic => html`<option>${topic}</option>`)}</select>`)}
        ${field(t('partition'), html`<select name="partition">${(this.extents ?? []).map(each => html`<option value=${each.partition}>${
          t('partition.of', {n: each.partition, records: count(each.end - each.beginning)})}</option>`)}</select>`)}
        ${field(t('fromOffset'), html`<input name="from" inputmode="numeric" pattern="[0-9]*" placeholder=${t('newest', {n: MOST})}>`)}
        <button class="primary">${t('show')}</button>
      </form>
      ${this.feedback()}
      ${this.records?.length ? this.#table() : html`<p class="empty">${this.records ? t('topics.empty') : t('topics.choose')}</p>`}`, {wide: true});
  }

  #table() {
    return html`<div class="scroll" tabindex="0" role="group" aria-label=${t('topics.title')}><table class="data">
      <thead><tr><th scope="col" class="number">${t('offset')}</th><th scope="col">${t('time')}</th><th scope="col">${t('key')}</th><th scope="col">${t('value')}</th></tr></thead>
      <tbody>${this.records.map(record => html`<tr><td class="number">${record.offset}</td><td>${moment(record.timestamp)}</td>
        <td><bdi>${value(record.key ?? record.keyBase64)}</bdi></td>
        <td class="payload"><bdi>${record.value ?? record.valueBase64 ?? t('tombstone')}</bdi></td></tr>`)}</tbody></table></div>`;
  }

  #choose(event) {
    this.topic = event.target.value;
    this.records = null;
    this.extents = null;
    this.hurry();
  }

  #read(submitted) {
    submitted.preventDefault();
    const {topic, partition, from} = Object.fromEntries(new FormData(submitted.target));
    return this.act(async () => {
      await this.hurry();
      const extent = this.extents.find(each => String(each.partition) === partition);
      const begin = from === '' ? Math.max(extent.beginning, extent.end - MOST) : Number(from);
      const answer = await request(`/api/admin/topics/${encodeURIComponent(topic)}/records?partition=${partition}&from=${begin}`,
        {headers: {Accept: 'application/x-ndjson'}});
      const records = [];
      for await (const line of lines(answer)) {
        records.push(JSON.parse(line));
        if (records.length === MOST) break;
      }
      this.records = from === '' ? records.reverse() : records;
    });
  }
}

customElements.define('sv-topics', Topics);
