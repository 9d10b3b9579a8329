import {LitElement, html, nothing} from 'lit';
import {live, Following} from './live.js';
import {token} from './api.js';
import {language, languages, onLanguage, speak, t} from './messages.js';
import {seconds} from './format.js';
import './overview.js';
import './views.js';
import './history.js';
import './topics.js';
import './letters.js';
import './operate.js';
import './try.js';

const THEME = 'streamviews.theme';
const THEMES = ['system', 'light', 'dark'];

/** The parts of the page: where they are, and what there must be for them to be offered. */
const PARTS = {
  pipeline: {is: () => true, show: () => html`<sv-overview></sv-overview>`},
  views: {is: () => live.has('/api/views'), show: ([view]) => html`<sv-views .view=${view}></sv-views>`},
  history: {is: () => live.has('/api/users') || live.has('/api/posts'), show: ([kind, id]) => html`<sv-history .kind=${kind} .entity=${id}></sv-history>`},
  topics: {is: () => isOperator('/api/admin/topics'), show: () => html`<sv-topics></sv-topics>`},
  letters: {is: () => isOperator('/api/admin/dead-letters'), show: () => html`<sv-letters></sv-letters>`},
  operate: {is: () => isOperator('/api/admin/rebuilds'), show: () => html`<sv-operate></sv-operate>`},
  try: {is: () => live.may('writer') && (live.has('/api/users') || live.has('/api/posts')), show: () => html`<sv-try></sv-try>`},
};

const isOperator = path => live.may('operator') && live.has(path);

class Console extends LitElement {
  constructor() {
    super();
    new Following(this);
    this.theme = localStorage.getItem(THEME) ?? 'system';
    this.#useTheme();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#useTheme());
    addEventListener('hashchange', () => this.#go());
    onLanguage(() => this.#translate());
  }

  createRenderRoot() {
    this.replaceChildren();
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    this.#translate();
    live.start();
  }

  #translate() {
    document.documentElement.lang = language();
    document.querySelectorAll('[data-say]').forEach(each => {
      each.textContent = t(each.dataset.say);
    });
    live.dispatchEvent(new Event('change'));
  }

  #useTheme() {
    const isDark = this.theme === 'dark' || this.theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches;
    document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
  }

  #go() {
    this.requestUpdate();
    this.updateComplete.then(() => {
      const main = this.querySelector('main');
      main.focus({preventScroll: true});
      scrollTo(0, 0);
    });
  }

  #place() {
    const [part, ...rest] = location.hash.slice(1).split('/').map(decodeURIComponent);
    return part in PARTS && PARTS[part].is() ? [part, rest] : ['pipeline', []];
  }

  render() {
    const [part, rest] = this.#place();
    return html`
      <a class="skip" href="#main" @click=${this.#skip}>${t('skip')}</a>
      <header class="top">
        <h1><img src="/console/icon.svg" alt="" width="28" height="28"> Streamviews</h1>
        <div class="tools">
          ${this.#age()}
          <label><span class="hidden">${t('language')}</span><select @change=${event => speak(event.target.value)}>${Object.entries(languages).map(
            ([code, name]) => html`<option value=${code} lang=${code} ?selected=${code === language()}>${name}</option>`)}</select></label>
          <label><span class="hidden">${t('theme')}</span><select @change=${this.#chooseTheme}>${THEMES.map(
            theme => html`<option value=${theme} ?selected=${theme === this.theme}>${t(`theme.${theme}`)}</option>`)}</select></label>
          ${token.get() ? html`<button @click=${() => this.#sign('')}>${t('signOut')}</button>` : nothing}
        </div>
        <nav aria-label=${t('parts')}>${Object.keys(PARTS).filter(name => PARTS[name].is()).map(name => html`
          <a href="#${name}" aria-current=${name === part ? 'page' : nothing}>${t(`nav.${name}`)}${
            name === 'letters' && live.snapshot?.letters?.open ? html` <span class="badge">${live.snapshot.letters.open}</span>` : nothing}</a>`)}</nav>
      </header>
      ${this.#old()}
      <main id="main" tabindex="-1" class=${live.isOld ? 'old' : ''}>
        ${live.trouble === 'unknown' ? this.#signIn() : live.snapshot ? PARTS[part].show(rest) : html`<p class="empty">${live.trouble ? t('away') : t('loading')}</p>`}
        ${live.snapshot && !live.may('operator') ? html`<details class="more-rights"><summary>${t('operatorsOnly')}</summary>${this.#signIn()}</details>` : nothing}
      </main>`;
  }

  #age() {
    const tone = live.trouble || live.isOld ? 'bad' : live.snapshot ? 'good' : '';
    return html`<span class="pill ${tone}">${tone === 'good' ? t('live') : tone ? t('notLive') : t('connecting')}</span>`;
  }

  /** Said once: what counts the seconds is not read out. */
  #old() {
    return html`<div role="alert" class=${live.isOld ? 'banner' : ''}>${live.isOld
      ? html`${t('old')} <span aria-hidden="true">${t('old.since', {time: seconds(Math.floor(live.ageMs / 1000))})}</span>` : nothing}</div>`;
  }

  #signIn() {
    return html`<form class="sign-in card" @submit=${event => {
      event.preventDefault();
      this.#sign(new FormData(event.target).get('token').trim());
    }}>
      <h2>${t('signIn')}</h2><p class="muted">${token.get() && live.trouble === 'unknown' ? t('signIn.wrong') : t('signIn.text')}</p>
      <label class="field"><span>${t('token')}</span><input name="token" type="password" required autocomplete="off"></label>
      <div class="actions"><button class="primary">${t('signIn')}</button></div></form>`;
  }

  #sign(value) {
    token.set(value);
    live.restart();
  }

  #chooseTheme(event) {
    this.theme = event.target.value;
    localStorage.setItem(THEME, this.theme);
    this.#useTheme();
    this.requestUpdate();
  }

  #skip(event) {
    event.preventDefault();
    this.querySelector('main').focus();
  }
}

customElements.define('sv-console', Console);
