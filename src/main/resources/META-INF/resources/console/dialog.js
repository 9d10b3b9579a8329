import {html, render} from 'lit';
import {t} from './messages.js';

/** Asks before something is done. Resolves to what was filled in (an empty object without fields), or to null for "no". */
export function confirm({title, text, action, danger = false, content = null}) {
  const dialog = document.createElement('dialog');
  dialog.setAttribute('aria-labelledby', 'dialog-title');
  document.body.append(dialog);
  return new Promise(resolve => {
    dialog.addEventListener('close', () => {
      const form = dialog.querySelector('form');
      resolve(dialog.returnValue === 'yes' ? Object.fromEntries(new FormData(form)) : null);
      dialog.remove();
    });
    render(html`<form method="dialog">
      <h2 id="dialog-title">${title}</h2>
      <p>${text}</p>
      ${content}
      <div class="actions">
        <button type="button" @click=${() => dialog.close('no')}>${t('cancel')}</button>
        <button value="yes" class=${danger ? 'danger' : 'primary'}>${action}</button>
      </div>
    </form>`, dialog);
    dialog.showModal();
  });
}
