import {html, nothing} from 'lit';
import {Part, card, field} from './element.js';
import {get, page, post} from './api.js';
import {live} from './live.js';
import {confirm} from './dialog.js';
import {t} from './messages.js';
import {count, moment, rate, seconds} from './format.js';

const UNDER_WAY = ['PREPARING', 'FILLING', 'INDEXING', 'CATCHING_UP', 'COMPARING', 'HELD', 'SWAPPING'];
const SHOWN = 5;

/** Operators' work: rebuilds, the projection's switch, replays, verifications. */
class Operate extends Part {
  render() {
    return html`<div class="grid"><sv-rebuilds class="wide"></sv-rebuilds><sv-switch></sv-switch><sv-replay></sv-replay><sv-verify></sv-verify></div>`;
  }
}

class Rebuilds extends Part {
  constructor() {
    super();
    this.rebuilds = null;
    this.every(() => (this.#current() ? 1000 : 5000), async () => {
      this.rebuilds = (await latest('/api/admin/rebuilds')).reverse();
      const current = this.#current();
      // what changes is told of one alone
      if (current?.state === 'HELD') Object.assign(current, await get(`/api/admin/rebuilds/${current.id}`));
      this.#sayHowItEnded();
    });
  }

  #current() {
    return this.rebuilds?.find(each => UNDER_WAY.includes(each.state));
  }

  #sayHowItEnded() {
    const begun = this.rebuilds.find(each => each.id === this.begun);
    if (!begun || UNDER_WAY.includes(begun.state)) return;
    this.begun = null;
    this.said = {good: begun.state === 'DONE', text: `${t('rebuild.number', {n: begun.id})}: ${t(`rebuild.${begun.state}`)}`};
  }

  render() {
    const current = this.#current();
    const others = (this.rebuilds ?? []).filter(each => each !== current).slice(0, SHOWN);
    return card(t('rebuild.title'), html`<p class="muted">${t('rebuild.text')}</p>
      ${this.problem()}
      ${current ? this.#progress(current) : nothing}
      ${this.feedback()}
      ${others.length ? html`<table><thead><tr><th scope="col">#</th><th scope="col">${t('state')}</th><th scope="col">${t('started')}</th>
          <th scope="col" class="number">${t('events')}</th><th scope="col"><span class="hidden">${t('actions')}</span></th></tr></thead>
        <tbody>${others.map((each, i) => this.#row(each, i === 0 && !current))}</tbody></table>`
      : current ? nothing : html`<p class="empty">${t('rebuild.none')}</p>`}`,
    {aside: html`<button class="primary" ?disabled=${Boolean(current) || this.busy} @click=${this.#begin}>${t('rebuild.begin')}</button>`});
  }

  #row(each, isLast) {
    return html`<tr><th scope="row">${each.id}</th>
      <td><span class="pill ${each.state === 'DONE' ? 'good' : each.state === 'FAILED' ? 'bad' : ''}">${t(`rebuild.${each.state}`)}</span>
        ${each.error ? html`<div class="bad-text"><bdi>${each.error}</bdi></div>` : nothing}</td>
      <td>${moment(each.startedAt)}</td><td class="number">${count(each.eventsDone)}</td>
      <td>${isLast && each.state === 'DONE' ? html`<button class="danger" @click=${() => this.#rollBack(each)}>${t('rebuild.rollBack')}</button>` : nothing}</td></tr>`;
  }

  #progress(current) {
    const total = Math.max(1, current.eventsTotal);
    return html`<div class="progress" role="group" aria-label=${t('rebuild.number', {n: current.id})}>
      <p><b>${t('rebuild.number', {n: current.id})}</b> <span class="pill warn" data-state=${current.state}>${t(`rebuild.${current.state}`)}</span>
        ${t('progress', {done: count(current.eventsDone), total: count(current.eventsTotal)})}
        ${current.eventsPerSecond ? html`· ${t('rate.of', {n: rate(current.eventsPerSecond)})}` : nothing}
        ${current.remainingSeconds === undefined ? nothing : html`· ${t('remaining', {time: seconds(current.remainingSeconds)})}`}</p>
      <progress max=${total} .value=${current.eventsDone} aria-label=${t('rebuild.number', {n: current.id})}></progress>
      ${current.changes ? changes(current.changes) : nothing}
      <div class="actions">
        ${current.state === 'HELD' && live.has('/api/admin/rebuilds/{id}/exchange')
          ? html`<button class="primary" @click=${() => this.#exchange(current)}>${t('rebuild.exchange')}</button>` : nothing}
        <button ?disabled=${current.cancelRequested} @click=${() => this.#cancel(current)}>${t('rebuild.cancel')}</button>
      </div></div>`;
  }

  async #begin() {
    const mayHold = live.has('/api/admin/rebuilds/{id}/exchange');
    const answer = await confirm({title: t('rebuild.begin'), text: t('rebuild.sure'), action: t('rebuild.begin'),
      content: mayHold ? html`<label><input type="checkbox" name="hold"> ${t('rebuild.hold')}</label>` : null});
    if (!answer) return;
    const made = await this.act(() => post(`/api/admin/rebuilds${answer.hold ? '?hold=true' : ''}`), begun => t('rebuild.begun', {n: begun.body.id}));
    this.begun = made?.body.id;
    this.hurry();
  }

  async #exchange({id}) {
    if (!await confirm({title: t('rebuild.exchange'), text: t('rebuild.exchangeSure'), action: t('rebuild.exchange')})) return;
    await this.act(() => post(`/api/admin/rebuilds/${id}/exchange`), t('asked'));
    this.begun = id;
    this.hurry();
  }

  async #cancel({id}) {
    if (!await confirm({title: t('rebuild.cancel'), text: t('rebuild.cancelSure'), action: t('rebuild.cancel'), danger: true})) return;
    await this.act(() => post(`/api/admin/rebuilds/${id}/cancel`), t('asked'));
    this.hurry();
  }

  async #rollBack({id}) {
    if (!await confirm({title: t('rebuild.rollBack'), text: t('rebuild.rollBackSure'), action: t('rebuild.rollBack'), danger: true})) return;
    await this.act(() => post(`/api/admin/rebuilds/${id}/rollback`), t('rebuild.rolledBack'));
    this.hurry();
  }
}

/** A row, or nothing: there is none, or it is too long to be shown. */
function asText(row) {
  return row ? JSON.stringify(row) : '';
}

/** What a generation that is held changes, view by view; the same rows are not worth a line. */
function changes(views) {
  const others = views.filter(view => view.change !== 'SAME');
  if (!others.length) return html`<p>${t('changes.none')}</p>`;
  return html`<ul>${others.map(view => html`<li><b><bdi>${view.view}</bdi></b> <span class="pill warn">${t(`changes.${view.change}`)}</span>
    ${['columnsAdded', 'columnsGone', 'columnsRetyped', 'readBy'].filter(key => view[key]).map(key => html`<div>${t(`changes.${key}`)}: <bdi>${view[key].join(', ')}</bdi></div>`)}
    ${view.error ? html`<div class="bad-text"><bdi>${view.error}</bdi></div>` : nothing}
    ${view.rowsAdded === undefined ? nothing : html`<div>${t('changes.rows', {before: count(view.rowsBefore), after: count(view.rowsAfter),
      added: count(view.rowsAdded), removed: count(view.rowsRemoved), changed: count(view.rowsChanged)})}</div>`}
    ${(view.samples ?? []).map(row => html`<div class="muted"><del><bdi>${asText(row.before)}</bdi></del> → <bdi>${asText(row.after)}</bdi></div>`)}</li>`)}</ul>`;
}

class Switch extends Part {
  render() {
    const state = live.snapshot?.projection?.state;
    const paused = state?.startsWith('PAUS');
    return card(t('projection'), html`<p class="muted">${t('switch.text')}</p>
      <p><span class="pill ${paused ? 'warn' : 'good'}">${state ? t(`state.${state}`) : '–'}</span></p>
      ${this.feedback()}
      ${(live.snapshot?.projection?.suspended ?? []).map(each => html`<p><b><bdi>${each.view}</bdi></b> <span class="pill bad">${t('suspended', {since: moment(each.since)})}</span>
        <span class="bad-text"><bdi>${each.error}</bdi></span> <button ?disabled=${this.busy} @click=${() => this.#resumeView(each.view)}>${t('resume')}</button></p>`)}
      <div class="actions"><button class=${paused ? 'primary' : ''} ?disabled=${this.busy} @click=${() => this.#change(paused)}>${paused ? t('resume') : t('pause')}</button></div>`);
  }

  #resumeView(view) {
    return this.act(() => post(`/api/admin/projection/views/${encodeURIComponent(view)}/resume`), t('switch.viewResumed', {view}));
  }

  async #change(paused) {
    const action = paused ? t('resume') : t('pause');
    if (!paused && !await confirm({title: action, text: t('switch.sure'), action})) return;
    await this.act(() => post(`/api/admin/projection/${paused ? 'resume' : 'pause'}`), done => t('switch.now', {state: t(`state.${done.body.state}`)}));
  }
}

class Replay extends Part {
  constructor() {
    super();
    this.replay = null;
    this.every(() => (this.replay?.state === 'RUNNING' ? 1000 : 10000), async () => {
      this.topics ??= await get('/api/admin/topics');
      if (this.replay?.state === 'RUNNING') this.replay = await get(`/api/admin/replays/${this.replay.id}`);
    });
  }

  render() {
    return card(t('replay.title'), html`<p class="muted">${t('replay.text')}</p>
      <form class="line" @submit=${this.#begin}>
        ${field(t('topic'), html`<select name="topic">${(this.topics ?? []).map(topic => html`<option>${topic}</option>`)}</select>`)}
        <button ?disabled=${this.busy || this.replay?.state === 'RUNNING'}>${t('replay.begin')}</button>
      </form>
      ${this.problem()}${this.feedback()}
      ${this.replay ? html`<p>${t('progress', {done: count(this.replay.eventsDone), total: count(this.replay.eventsTotal)})}
        <span class="pill ${this.replay.state === 'DONE' ? 'good' : 'warn'}">${t(`run.${this.replay.state}`)}</span></p>
        <progress max=${Math.max(1, this.replay.eventsTotal)} .value=${this.replay.eventsTotal ? this.replay.eventsDone : 1} aria-label=${t('replay.title')}></progress>` : nothing}`);
  }

  async #begin(event) {
    event.preventDefault();
    const {topic} = Object.fromEntries(new FormData(event.target));
    if (!await confirm({title: t('replay.title'), text: t('replay.sure', {topic}), action: t('replay.begin')})) return;
    const made = await this.act(() => post('/api/admin/replays', {topic, from: 'earliest'}), t('asked'));
    this.replay = made?.body ?? this.replay;
    this.hurry();
  }
}

class Verify extends Part {
  constructor() {
    super();
    this.found = null;
    this.every(() => (this.found?.state === 'RUNNING' ? 1000 : 10000), async () => {
      this.found = (await latest('/api/admin/verifications')).at(-1) ?? null;
    });
  }

  render() {
    const {found} = this;
    return card(t('verify.title'), html`<p class="muted">${t('verify.text')}</p>
      <div class="actions">
        <button ?disabled=${this.busy || found?.state === 'RUNNING'} @click=${() => this.#begin('shallow')}>${t('verify.shallow')}</button>
        <button ?disabled=${this.busy || found?.state === 'RUNNING'} @click=${() => this.#begin('deep')}>${t('verify.deep')}</button>
      </div>
      ${this.problem()}${this.feedback()}
      ${found ? html`<p>#${found.id} ${t(`verify.${found.depth}`)} · ${moment(found.startedAt)}
        <span class="pill ${found.ok ? 'good' : found.ok === false || found.state === 'FAILED' ? 'bad' : 'warn'}">${
          found.ok ? t('verify.ok') : found.ok === false ? t('verify.differs', {n: count(found.differing)}) : t(`run.${found.state}`)}</span>
        ${found.error ? html`<bdi class="bad-text">${found.error}</bdi>` : nothing}</p>` : nothing}`);
  }

  async #begin(depth) {
    await this.act(() => post('/api/admin/verifications', {depth}), t('asked'));
    this.hurry();
  }
}

/** The end of a list that begins with the oldest. */
async function latest(path) {
  let read = await page(`${path}?limit=100`);
  let all = read.entries;
  for (let pages = 0; read.next && pages < 20; pages++) {
    read = await page(read.next);
    all = [...all.slice(-100), ...read.entries];
  }
  return all;
}

customElements.define('sv-operate', Operate);
customElements.define('sv-rebuilds', Rebuilds);
customElements.define('sv-switch', Switch);
customElements.define('sv-replay', Replay);
customElements.define('sv-verify', Verify);
