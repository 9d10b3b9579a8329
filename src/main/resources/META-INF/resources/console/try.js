import {html, nothing} from 'lit';
import {Part, card, field} from './element.js';
import {lines, post, request} from './api.js';
import {live} from './live.js';
import {confirm} from './dialog.js';
import {t} from './messages.js';
import {count, millis, rate, seconds} from './format.js';
import {sample} from './sample.js';

const CHUNK = 500;
const MOST = 1_000_000;

/** Commands: a user or a post whose way can be watched, and many users at once. */
class Try extends Part {
  render() {
    const parts = [
      live.has('/api/users') ? html`<sv-create kind="users"></sv-create>` : nothing,
      live.has('/api/posts') ? html`<sv-create kind="posts"></sv-create>` : nothing,
      live.has('/api/users/bulk') && live.has('/api/users') ? html`<sv-load></sv-load>` : nothing,
    ];
    return parts.every(part => part === nothing) ? html`<p class="empty">${t('try.none')}</p>` : html`<div class="grid">${parts}</div>`;
  }
}

const FORMS = {
  users: () => html`
    ${field(t('user.name'), html`<input name="name" required maxlength="255" dir="auto" autocomplete="off">`)}
    ${field(t('user.email'), html`<input name="email" type="email" required maxlength="255" autocomplete="off">`)}
    ${field(t('user.department'), html`<input name="department" maxlength="255" dir="auto" autocomplete="off">`)}`,
  posts: () => html`
    ${field(t('post.author'), html`<input name="authorId" inputmode="numeric" pattern="[0-9]+" required autocomplete="off">`)}
    ${field(t('post.title'), html`<input name="title" required maxlength="255" dir="auto" autocomplete="off">`)}
    ${field(t('post.content'), html`<textarea name="content" required rows="3" dir="auto"></textarea>`)}`,
};

class Create extends Part {
  static properties = {kind: {}};

  render() {
    return card(t(`create.${this.kind}`), html`
      <form class="column" @submit=${this.#create}>${FORMS[this.kind]()}
        <div class="actions"><button class="primary" ?disabled=${this.busy}>${t('create')}</button></div></form>
      ${this.feedback()}
      ${this.steps ? html`<ol class="way">${this.steps.map(step => html`<li class=${step.tone}><b>${step.name}</b><span>${step.what}</span></li>`)}</ol>
        ${this.id ? html`<p><a href="#history/${this.kind}/${this.id}">${t('create.history')}</a></p>` : nothing}` : nothing}`);
  }

  #create(event) {
    event.preventDefault();
    const form = event.target;
    const body = Object.fromEntries([...new FormData(form)].filter(([, text]) => text !== ''));
    if (body.authorId) body.authorId = Number(body.authorId);
    this.steps = null;
    this.id = null;
    return this.act(async () => {
      const begun = performance.now();
      const made = await post(`/api/${this.kind}`, body);
      this.id = made.body.id;
      this.#step('good', t('way.command'), t('create.answered', {id: this.id, time: millis(performance.now() - begun)}));
      form.reset();
      await this.#arrive(made, begun);
    });
  }

  async #arrive({body, token}, begun) {
    if (!live.has('/api/posts')) {
      this.#step('', t('way.row'), t('create.elsewhere'));
      return;
    }
    this.#step('', t('way.row'), t('create.waiting'));
    await request(this.kind === 'users' ? `/api/posts/users/${body.id}` : `/api/posts/${body.id}`, {headers: {'Consistency-Token': token}});
    this.steps.pop();
    this.#step('good', t('way.row'), t('create.seen', {time: millis(performance.now() - begun)}));
  }

  #step(tone, name, what) {
    this.steps = [...(this.steps ?? []), {tone, name, what}];
    this.requestUpdate();
  }
}

/** A browser cannot read the answer of a stream while it sends, so the users go in several short streams. */
class Load extends Part {
  render() {
    const run = this.run;
    const elapsed = run ? ((run.ended ?? performance.now()) - run.begun) / 1000 : 0;
    const perSecond = run?.done && elapsed ? run.done / elapsed : null;
    return card(t('load.title'), html`<p class="muted">${t('load.text')}</p>
      <form class="line" @submit=${this.#begin}>
        ${field(t('load.many'), html`<input name="many" type="number" min="1" max=${MOST} value="10000" required>`)}
        <button class="primary" ?disabled=${run && !run.ended}>${t('load.begin')}</button>
        ${run && !run.ended ? html`<button type="button" @click=${() => { run.stop = true; }}>${t('stop')}</button>` : nothing}
      </form>
      ${this.feedback()}
      ${run ? html`<progress max=${run.all} .value=${run.done} aria-label=${t('load.title')}></progress>
        <p>${t('progress', {done: count(run.done), total: count(run.all)})} · ${t('rate.of', {n: rate(perSecond)})}
          ${!run.ended && perSecond ? html`· ${t('remaining', {time: seconds((run.all - run.done) / perSecond)})}` : nothing}
          ${run.ended ? html`· ${t('load.took', {time: seconds(elapsed)})}` : nothing}</p>` : nothing}`);
  }

  async #begin(event) {
    event.preventDefault();
    const all = Number(new FormData(event.target).get('many'));
    if (!await confirm({title: t('load.title'), text: t('load.sure', {n: count(all)}), action: t('load.begin')})) return;
    const run = (this.run = {all, done: 0, begun: performance.now(), stop: false, ended: null});
    await this.act(async () => {
      while (run.done < all && !run.stop) {
        run.done += await this.#send(Math.min(CHUNK, all - run.done), run.done);
        this.requestUpdate();
      }
    }, () => (run.stop ? t('load.stopped', {n: count(run.done)}) : t('load.done', {n: count(run.done)})));
    run.ended = performance.now();
    this.requestUpdate();
  }

  async #send(many, from) {
    const answer = await request('/api/users/bulk', {
      method: 'POST',
      headers: {'Content-Type': 'application/x-ndjson'},
      body: Array.from({length: many}, (_, i) => JSON.stringify(sample(from + i))).join('\n'),
    });
    let last;
    for await (const line of lines(answer)) last = JSON.parse(line);
    if (last?.type !== 'Summary') throw new Error(last?.problem?.detail ?? t('load.broken'));
    return many;
  }
}

customElements.define('sv-try', Try);
customElements.define('sv-create', Create);
customElements.define('sv-load', Load);
