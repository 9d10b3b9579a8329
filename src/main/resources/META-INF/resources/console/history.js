import {html, nothing} from 'lit';
import {Part, card, field} from './element.js';
import {get, lines, page, request} from './api.js';
import {live} from './live.js';
import {t} from './messages.js';
import {millis, moment, value} from './format.js';

/** What happened to an entity, version by version, and the way of its last event into the row. */

const KINDS = {
  users: {view: 'user_view', of: event => event.user},
  posts: {view: 'post_view', of: event => event.post},
};
/** What is added to the offsets of partitions that a topic has got later, or a multiple of it. */
const ADDED_LATER = 2 ** 40;

const UNCHANGING = new Set(['updatedAt', 'version', 'author']);

class History extends Part {
  static properties = {kind: {}, entity: {}};

  willUpdate(changed) {
    if ((changed.has('entity') || changed.has('kind')) && this.entity) this.#read();
  }

  #read(from = `/api/${this.kind}/${this.entity}/events?limit=100`) {
    this.events = from.includes('after=') ? this.events : null;
    this.past = null;
    this.way = null;
    return this.act(async () => {
      const read = await page(from);
      this.events = [...(this.events ?? []), ...read.entries].slice(-500);
      this.next = read.next;
      this.way = await this.#follow(this.events.at(-1)).catch(() => null);
    });
  }

  /** The record and the row that came of an event, as far as one may look. */
  async #follow(event) {
    if (!event) return null;
    if (!live.has('/api/views')) return {event};
    const {view} = KINDS[this.kind];
    const row = await get(`/api/views/${view}/${this.entity}`).catch(() => null);
    const topic = (await get('/api/views')).find(each => each.name === view)?.sources[0]?.topic;
    const record = topic && row?.version === event.version && live.may('operator') ? await this.#record(topic, event, row).catch(() => null) : null;
    return {event, row, topic, record};
  }

  /** The row knows its record's offset, and no partition. */
  async #record(topic, event, row) {
    const address = `/api/admin/topics/${encodeURIComponent(topic)}`;
    const {partitions} = await get(address);
    const offset = row.source_offset % ADDED_LATER;
    for (const {partition} of partitions.filter(each => each.beginning <= offset && offset < each.end)) {
      const answer = await request(`${address}/records?partition=${partition}&from=${offset}`, {headers: {Accept: 'application/x-ndjson'}});
      for await (const line of lines(answer)) {
        const record = JSON.parse(line);
        const told = record.value ? JSON.parse(record.value) : {};
        if ((told.userId ?? told.postId) === Number(this.entity) && told.version === event.version) return record;
        break;
      }
    }
    return null;
  }

  render() {
    const kinds = Object.keys(KINDS).filter(kind => live.has(`/api/${kind}/{id}/events`));
    if (!kinds.length) return html`<p class="empty">${t('history.none')}</p>`;
    return html`${card(t('history.title'), html`
      <form class="line" @submit=${this.#open}>
        ${field(t('history.kind'), html`<select name="kind">${kinds.map(kind => html`<option value=${kind} ?selected=${kind === this.kind}>${t(kind)}</option>`)}</select>`)}
        ${field(t('history.id'), html`<input name="id" inputmode="numeric" pattern="[0-9]+" required .value=${this.entity ?? ''}>`)}
        <button class="primary">${t('show')}</button>
      </form>
      ${this.feedback()}
      ${this.busy && !this.events ? html`<p class="empty loading">${t('loading')}</p>` : nothing}
      ${this.way ? this.#way() : nothing}
      ${this.events ? this.#timeline() : nothing}`, {wide: true})}`;
  }

  #open(event) {
    event.preventDefault();
    const {kind, id} = Object.fromEntries(new FormData(event.target));
    const address = `#history/${kind}/${Number(id)}`;
    if (location.hash === address) this.#read();
    else location.hash = address;
  }

  #way() {
    const {event, row, topic, record} = this.way;
    const begun = new Date(event.timestamp).getTime();
    const after = time => (time ? t('way.after', {time: millis(Math.max(0, new Date(time).getTime() - begun))}) : '');
    const isThere = row && row.version === event.version;
    return html`<h3>${t('way', {n: event.version})}</h3><ol class="way">
      <li class="good"><b>${t('way.command')}</b><span>${event.eventType}</span><span class="muted">${moment(event.timestamp)}</span></li>
      <li class=${record ? 'good' : ''}><b>${t('way.topic')}</b><span>${record
        ? html`<bdi>${topic}</bdi> ${record.partition}/${record.offset}`
        : live.may('operator') ? t('way.compacted') : t('way.operators')}</span><span class="muted">${after(record?.timestamp)}</span></li>
      <li class=${isThere ? 'good' : ''}><b>${t('way.row')}</b><span>${isThere ? html`<bdi>${KINDS[this.kind].view}</bdi>` : t('way.noRow')}</span>
        <span class="muted">${isThere ? after(row.last_processed_at) : ''}</span></li>
    </ol>`;
  }

  #timeline() {
    if (!this.events.length) return html`<p class="empty">${t('history.empty')}</p>`;
    return html`<ol class="timeline">${this.events.map((event, i) => html`<li>
      <h3>${t('version', {n: event.version})} <span class="pill">${event.eventType}</span></h3>
      <p class="muted">${moment(event.timestamp)}</p>
      <dl>${this.#changes(event, this.events[i - 1]).map(([name, now, before]) => html`<div><dt>${name}</dt>
        <dd>${before === undefined ? nothing : html`<del><bdi>${value(before)}</bdi></del> → `}<bdi>${value(now)}</bdi></dd></div>`)}</dl>
      ${this.kind === 'users' ? html`<button @click=${() => this.#asOf(event.version)}>${t('asOf')}</button>` : nothing}
      ${this.past?.version === event.version ? html`<pre tabindex="0">${JSON.stringify(this.past.state, null, 2)}</pre>` : nothing}
    </li>`)}</ol>
    ${this.next ? html`<button @click=${() => this.#read(this.next)}>${t('more')}</button>` : nothing}`;
  }

  #changes(event, before) {
    const state = KINDS[this.kind].of(event) ?? {};
    const former = (before && KINDS[this.kind].of(before)) ?? {};
    return Object.keys(state)
      .filter(name => !UNCHANGING.has(name) && JSON.stringify(state[name]) !== JSON.stringify(former[name]))
      .map(name => [name, state[name], former[name]]);
  }

  #asOf(version) {
    return this.act(async () => {
      this.past = {version, state: await get(`/api/users/${this.entity}?version=${version}`)};
    });
  }
}

customElements.define('sv-history', History);
