import {html, nothing} from 'lit';
import {Part, card, field} from './element.js';
import {get, page, post} from './api.js';
import {confirm} from './dialog.js';
import {t} from './messages.js';
import {bytes, count, moment, value} from './format.js';

const STATES = ['OPEN', 'SUPERSEDED', 'DISCARDED'];

/** Events that could not be applied: look at one, try it again, or do without it for a reason. */
class Letters extends Part {
  constructor() {
    super();
    this.state = 'OPEN';
    this.letters = null;
    this.opened = null;
    this.every(3000, async () => {
      const {entries, next} = await page(`/api/admin/dead-letters?state=${this.state}&limit=50`);
      this.letters = entries;
      this.more = Boolean(next);
    });
  }

  render() {
    return card(t('letters.title'), html`<p class="muted">${t('letters.text')}</p>
      <form class="line">${field(t('state'), html`<select @change=${this.#choose}>${STATES.map(state => html`<option value=${state}>${t(`letters.${state}`)}</option>`)}</select>`)}</form>
      ${this.problem()}${this.feedback()}
      ${this.letters?.length ? html`<ul class="letters">${this.letters.map(letter => this.#letter(letter))}</ul>`
        : html`<p class="empty ${this.letters ? '' : 'loading'}">${this.letters ? t('letters.none') : t('loading')}</p>`}
      ${this.more ? html`<p class="muted">${t('letters.more')}</p>` : nothing}`, {wide: true});
  }

  #letter(letter) {
    const place = placeOf(letter);
    const opened = this.opened?.place === place ? this.opened.letter : null;
    return html`<li>
      <p><b><bdi>${letter.topic}</bdi> ${letter.partition}/${letter.offset}</b> <span class="pill ${letter.state === 'OPEN' ? 'bad' : ''}">${t(`letters.${letter.state}`)}</span>
        <span class="muted">${t('letters.of', {key: value(letter.key ?? letter.keyBase64), time: moment(letter.failedAt), n: count(letter.attempts)})}</span></p>
      <p class="bad-text"><bdi>${letter.error}</bdi></p>
      ${letter.reason ? html`<p>${t('reason')}: <bdi>${letter.reason}</bdi></p>` : nothing}
      ${opened ? html`<pre tabindex="0">${pretty(opened.payload) ?? opened.payloadBase64 ?? t('tombstone')}</pre>` : nothing}
      <div class="actions">
        <button aria-expanded=${opened ? 'true' : 'false'} @click=${() => this.#look(letter, place)}>${opened ? t('close') : t('look', {size: bytes(letter.payloadBytes)})}</button>
        <button class="primary" ?disabled=${this.busy} @click=${() => this.#retry(letter)}>${t('retry')}</button>
        ${letter.state === 'DISCARDED' ? nothing : html`<button class="danger" ?disabled=${this.busy} @click=${() => this.#discard(letter)}>${t('discard')}</button>`}
      </div></li>`;
  }

  #choose(event) {
    this.state = event.target.value;
    this.letters = null;
    this.hurry();
  }

  #look(letter, place) {
    if (this.opened?.place === place) {
      this.opened = null;
      this.requestUpdate();
      return;
    }
    this.act(async () => {
      this.opened = {place, letter: await get(`/api/admin/dead-letters/${encodeURIComponent(letter.topic)}/${letter.partition}/${letter.offset}`)};
    });
  }

  async #retry(letter) {
    if (!await confirm({title: t('retry'), text: t('letters.retrySure'), action: t('retry')})) return;
    await this.act(() => post('/api/admin/dead-letters/retry', only(letter)),
      ({body}) => (body.applied ? t('letters.applied') : t('letters.failed')));
    this.hurry();
  }

  async #discard(letter) {
    const answer = await confirm({title: t('discard'), text: t('letters.discardSure'), action: t('discard'), danger: true,
      content: field(t('reason'), html`<input name="reason" required maxlength="200" dir="auto">`)});
    if (!answer) return;
    await this.act(() => post('/api/admin/dead-letters/discard', {...only(letter), reason: answer.reason}),
      ({body}) => t('letters.discarded', {n: count(body.discarded)}));
    this.hurry();
  }
}

const placeOf = letter => `${letter.topic}/${letter.partition}/${letter.offset}`;

function only({topic, partition, offset}) {
  return {letters: [{topic, partition, offset}]};
}

function pretty(payload) {
  try {
    return payload && JSON.stringify(JSON.parse(payload), null, 2);
  } catch {
    return payload;
  }
}

customElements.define('sv-letters', Letters);
