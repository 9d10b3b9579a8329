import {LitElement, html, nothing} from 'lit';
import {Following} from './live.js';
import {textOf} from './api.js';

/** What every part of the console is: in the page's own tree, so that it has the page's style and its labels reach everything. */
export class Part extends LitElement {
  constructor() {
    super();
    new Following(this);
  }

  createRenderRoot() {
    return this;
  }

  /** Has something done every so often while the part is in the page; again at once by hurry(). */
  every(ms, work) {
    let timer;
    const run = async () => {
      clearTimeout(timer);
      if (!document.hidden) {
        try {
          await work();
          this.failure = null;
        } catch (failure) {
          this.failure = textOf(failure);
        }
        this.requestUpdate();
      }
      clearTimeout(timer);
      if (this.isConnected) timer = setTimeout(run, typeof ms === 'function' ? ms() : ms);
    };
    this.hurry = run;
    this.addController({hostConnected: run, hostDisconnected: () => clearTimeout(timer)});
  }

  /** Does what somebody has asked for, and says what came of it. */
  async act(work, done) {
    this.busy = true;
    this.said = null;
    this.requestUpdate();
    try {
      const result = await work();
      this.said = done ? {good: true, text: typeof done === 'function' ? done(result) : done} : null;
      return result;
    } catch (failure) {
      this.said = {good: false, text: textOf(failure)};
      return undefined;
    } finally {
      this.busy = false;
      this.requestUpdate();
    }
  }

  /** What came of the last action; read out by screen readers. */
  feedback() {
    return html`<p class="feedback ${this.said ? (this.said.good ? 'good' : 'bad') : ''}" role="status">${
      this.said ? html`<bdi>${this.said.text}</bdi>` : nothing}</p>`;
  }

  problem() {
    return this.failure ? html`<p class="feedback bad" role="alert"><bdi>${this.failure}</bdi></p>` : nothing;
  }
}

/** A heading, and what belongs to it. */
export function card(title, content, {wide = false, aside = nothing} = {}) {
  return html`<section class="card ${wide ? 'wide' : ''}" aria-label=${title}>
    <header><h2>${title}</h2>${aside}</header>${content}</section>`;
}

/** What is there to be filled in. */
export function field(label, control) {
  return html`<label class="field"><span>${label}</span>${control}</label>`;
}
