import {html, nothing} from 'lit';
import {repeat} from 'lit/directives/repeat.js';
import {Part, card, field} from './element.js';
import {events, page, textOf} from './api.js';
import {t} from './messages.js';
import {value} from './format.js';

const LIMIT = 25;
const OPERATORS = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte'];
const REREAD_MS = 1000;
const TELLING = ['start', 'snapshot', 'reset', 'change'];

/** The rows of a view: sorted, filtered, in pages; and followed, which reads the page again when the feed tells of a change. */
class Rows extends Part {
  static properties = {view: {attribute: false}};

  constructor() {
    super();
    this.#reset();
  }

  #reset() {
    this.sort = null;
    this.descending = false;
    this.filter = null;
    this.pages = [null];
    this.rows = null;
    this.next = null;
    this.changed = new Set();
    this.seen = 0;
  }

  willUpdate(changed) {
    if (changed.has('view') && changed.get('view')?.name !== this.view.name) {
      this.#stop();
      this.#reset();
      this.#read();
    }
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#stop();
  }

  async #read() {
    const asked = (this.asked = {});
    const query = new URLSearchParams({limit: LIMIT});
    if (this.sort) query.set('sort', (this.descending ? '-' : '') + this.sort);
    if (this.filter) query.set(this.filter.column, this.filter.condition);
    try {
      const read = await page(this.pages.at(-1) ?? `/api/views/${encodeURIComponent(this.view.name)}?${query}`);
      if (asked !== this.asked) return;
      this.#mark(read.entries);
      this.rows = read.entries;
      this.next = read.next;
      this.failure = null;
    } catch (failure) {
      if (asked !== this.asked) return;
      this.failure = textOf(failure);
      if (!this.following) this.rows = [];
      this.next = null;
    }
    this.requestUpdate();
  }

  /** Which rows of the page are new or others than before; only while it is followed. */
  #mark(rows) {
    const before = new Map((this.rows ?? []).map(row => [this.#key(row), JSON.stringify(row)]));
    this.changed = new Set(this.following && this.rows
      ? rows.filter(row => before.get(this.#key(row)) !== JSON.stringify(row)).map(row => this.#key(row))
      : []);
  }

  #key(row) {
    return JSON.stringify(this.view.key.length ? this.view.key.map(column => row[column]) : Object.values(row)[0]);
  }

  #again() {
    this.pages = [null];
    this.#read();
  }

  #sortBy(column) {
    this.descending = this.sort === column ? !this.descending : false;
    this.sort = column;
    this.#again();
  }

  #filterBy(event) {
    event.preventDefault();
    const {column, operator, wanted} = Object.fromEntries(new FormData(event.target));
    this.filter = wanted === '' ? null : {column, condition: `${operator}.${wanted}`};
    this.#again();
  }

  #toggle() {
    if (this.following) this.#stop();
    else this.#follow();
    this.requestUpdate();
  }

  #stop() {
    this.following?.abort();
    this.following = null;
    clearTimeout(this.rereading);
    this.rereading = null;
  }

  async #follow() {
    const following = (this.following = new AbortController());
    try {
      for (let last = 'end'; last === 'end' && this.following === following;) {
        for await (const {event} of events(`/api/views/${encodeURIComponent(this.view.name)}/changes`, following.signal)) {
          last = event;
          if (!TELLING.includes(event)) continue;
          if (event === 'change') this.seen++;
          // from the first event on: what came between the page and the feed's beginning is told by none
          this.rereading ??= setTimeout(() => {
            this.rereading = null;
            this.#read();
          }, REREAD_MS);
        }
        // one that has come to its end, as where the view is declared otherwise, begins anew
        await new Promise(later => setTimeout(later, REREAD_MS));
      }
    } catch (failure) {
      if (this.following === following) this.failure = textOf(failure);
    }
    if (this.following === following) {
      this.#stop();
      this.requestUpdate();
    }
  }

  render() {
    const columns = this.view.columns.map(column => column.name);
    return card(t('rows'), html`
      <form class="line" @submit=${this.#filterBy}>
        ${field(t('column'), html`<select name="column">${columns.map(name => html`<option>${name}</option>`)}</select>`)}
        ${field(t('is'), html`<select name="operator">${OPERATORS.map(name => html`<option value=${name}>${t(`op.${name}`)}</option>`)}</select>`)}
        ${field(t('value'), html`<input name="wanted" dir="auto" autocomplete="off">`)}
        <button>${t('filter')}</button>
      </form>
      ${this.problem()}
      ${this.rows?.length ? this.#table(columns) : html`<p class="empty ${this.rows ? '' : 'loading'}">${this.rows ? t('rows.none') : t('loading')}</p>`}
      <div class="actions">
        <button ?disabled=${this.pages.length < 2} @click=${() => { this.pages.pop(); this.#read(); }}>${t('previous')}</button>
        <span class="muted">${t('pageNumber', {n: this.pages.length})}</span>
        <button ?disabled=${!this.next} @click=${() => { this.pages.push(this.next); this.#read(); }}>${t('next')}</button>
      </div>`, {wide: true, aside: html`<button class=${this.following ? 'primary' : ''} aria-pressed=${this.following ? 'true' : 'false'}
        @click=${this.#toggle}>${this.following ? t('following', {n: this.seen}) : t('follow')}</button>`});
  }

  #table(columns) {
    return html`<div class="scroll" tabindex="0" role="group" aria-label=${t('rows')}><table class="data">
      <thead><tr>${columns.map(name => html`<th scope="col" class=${kind(this.rows[0][name])} aria-sort=${this.sort === name ? (this.descending ? 'descending' : 'ascending') : nothing}>
        <button class="sort" @click=${() => this.#sortBy(name)}>${name}${this.sort === name ? (this.descending ? ' ↓' : ' ↑') : ''}</button></th>`)}</tr></thead>
      <tbody>${repeat(this.rows, row => this.#key(row), row => html`<tr class=${this.changed.has(this.#key(row)) ? 'changed' : ''}>
        ${columns.map(name => html`<td class=${kind(row[name])}><bdi>${value(row[name])}</bdi></td>`)}</tr>`)}</tbody>
    </table></div>`;
  }
}

/** Short values are never broken over lines. */
function kind(any) {
  return typeof any === 'number' ? 'number' : value(any).length < 40 ? 'short' : '';
}

customElements.define('sv-rows', Rows);
