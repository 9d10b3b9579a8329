import {html, nothing} from 'lit';
import {Part, card} from './element.js';
import {get} from './api.js';
import {t} from './messages.js';
import {bytes, count, moment, seconds} from './format.js';
import './rows.js';

/** The catalogue: each view with what it is, where it comes from and how far it is; and the rows of the one that is chosen. */
class Views extends Part {
  static properties = {view: {}};

  constructor() {
    super();
    this.catalogue = null;
    this.every(5000, async () => {
      this.catalogue = await get('/api/views');
    });
  }

  render() {
    const chosen = this.catalogue?.find(each => each.name === this.view);
    return html`${this.problem()}
      ${this.view ? nothing : card(t('views.title'), this.#list(), {wide: true})}
      ${this.view && this.catalogue ? this.#chosen(chosen) : nothing}`;
  }

  #list() {
    if (!this.catalogue) return html`<p class="empty loading">${t('loading')}</p>`;
    if (!this.catalogue.length) return html`<p class="empty">${t('views.none')}</p>`;
    return html`<div class="scroll" tabindex="0" role="group" aria-label=${t('views.title')}><table>
      <thead><tr><th scope="col">${t('name')}</th><th scope="col">${t('kind')}</th><th scope="col">${t('source')}</th>
        <th scope="col" class="number">${t('rows.about')}</th><th scope="col" class="number">${t('size')}</th><th scope="col">${t('lag')}</th></tr></thead>
      <tbody>${this.catalogue.map(view => html`<tr>
        <th scope="row"><a href="#views/${encodeURIComponent(view.name)}"><bdi>${view.name}</bdi></a>
          ${view.comment ? html`<div class="muted"><bdi>${view.comment}</bdi></div>` : nothing}</th>
        <td><span class="pill ${view.kind}">${t(`kind.${view.kind}`)}</span> ${suspended(view)}</td>
        <td>${view.sources.map(each => html`<div><bdi>${each.topic}</bdi></div>`)}</td>
        <td class="number">${count(view.estimatedRows)}</td>
        <td class="number">${bytes(view.bytes)}</td>
        <td>${view.sources.map(each => html`<div>${lag(each)}</div>`)}</td>
      </tr>`)}</tbody></table></div>`;
  }

  #chosen(view) {
    const back = html`<a class="button" href="#views">${t('views.all')}</a>`;
    if (!view) return card(this.view, html`<p class="empty">${t('views.gone')}</p>`, {wide: true, aside: back});
    return html`${card(view.name, html`
        <p><span class="pill ${view.kind}">${t(`kind.${view.kind}`)}</span> ${suspended(view)}
          ${view.sources.map(each => html` <bdi>${each.topic}</bdi> ${lag(each)}`)}
          ${view.comment ? html` <bdi>${view.comment}</bdi>` : nothing}</p>
        ${view.definition ? html`<details><summary>${t('definition')}</summary><pre tabindex="0"><code>${view.definition}</code></pre></details>` : nothing}
        <details><summary>${t('columns', {n: view.columns.length})}</summary>
          <ul class="columns">${view.columns.map(column => html`<li><code>${column.name}</code> <span class="muted">${column.type}${
            view.key.includes(column.name) ? ` · ${t('key')}` : ''}${column.nullable ? '' : ' · not null'}</span></li>`)}</ul></details>`,
      {wide: true, aside: back})}
      <sv-rows .view=${view}></sv-rows>`;
  }
}

function suspended({suspendedSince}) {
  return suspendedSince ? html`<span class="pill bad">${t('suspended', {since: moment(suspendedSince)})}</span>` : nothing;
}

function lag({eventsBehind, secondsBehind}) {
  if (eventsBehind === null) return html`<span class="muted">${t('unknown')}</span>`;
  return eventsBehind === 0
    ? html`<span class="good-text">${t('level')}</span>`
    : html`<span class="warn-text">${t('behind', {n: count(eventsBehind)})} · ${seconds(secondsBehind)}</span>`;
}

customElements.define('sv-views', Views);
