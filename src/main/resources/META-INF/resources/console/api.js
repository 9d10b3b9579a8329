/** Requests to the application that serves this page, with the token of who looks, and problems as it tells them. */

const TOKEN = 'streamviews.token';

export class Problem extends Error {
  constructor(status, document) {
    super(document.detail ?? document.title ?? `HTTP ${status}`);
    this.status = status;
    this.violations = document.violations ?? [];
  }

  /** For people, in one line. */
  get text() {
    const fields = this.violations.map(each => `${each.field} ${each.message}`).join('; ');
    return fields ? `${this.message}: ${fields}` : this.message;
  }
}

export const textOf = failure => failure.text ?? failure.message ?? String(failure);

/** Kept until the tab is closed. */
export const token = {
  get: () => sessionStorage.getItem(TOKEN),
  set: value => (value ? sessionStorage.setItem(TOKEN, value) : sessionStorage.removeItem(TOKEN)),
};

/** The answer, whatever its status. */
export function send(path, {headers = {}, ...options} = {}) {
  const known = token.get();
  return fetch(path, {
    ...options,
    headers: known ? {...headers, Authorization: `Bearer ${known}`} : headers,
  });
}

/** An answer that has worked; fails with a Problem. */
export async function request(path, options) {
  const answer = await send(path, options);
  if (!answer.ok) {
    throw new Problem(answer.status, await answer.json().catch(() => ({})));
  }
  return answer;
}

export async function get(path) {
  return (await request(path, {headers: {Accept: 'application/json'}})).json();
}

/** With a body if there is one, as JSON. */
export async function post(path, body, method = 'POST') {
  const answer = await request(path, body === undefined ? {method} : {
    method,
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  return {
    body: text ? JSON.parse(text) : null,
    token: answer.headers.get('Consistency-Token'),
    location: answer.headers.get('Location'),
  };
}

/** One page of a list, and where the next one begins. */
export async function page(path, signal) {
  const answer = await request(path, {signal, headers: {Accept: 'application/json'}});
  const next = /<([^>]+)>\s*;\s*rel="?next"?/.exec(answer.headers.get('Link') ?? '');
  return {entries: await answer.json(), next: next && pathOf(next[1])};
}

/** A proxy may have other names for us. */
function pathOf(address) {
  const url = new URL(address, location.href);
  return url.pathname + url.search;
}

/** The lines of a body as they come. */
export async function* lines(answer) {
  const decoder = new TextDecoder();
  const reader = answer.body.getReader();
  let rest = '';
  try {
    for (;;) {
      const {done, value} = await reader.read();
      rest += decoder.decode(value, {stream: !done});
      const ended = rest.split('\n');
      rest = ended.pop();
      yield* ended;
      if (done) {
        if (rest) yield rest;
        return;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Server-sent events as {event, data}; no EventSource, which cannot say who it is. */
export async function* events(path, signal) {
  const answer = await request(path, {signal, headers: {Accept: 'text/event-stream'}});
  let event = {event: 'message', data: ''};
  for await (const line of lines(answer)) {
    if (line === '' || line === '\r') {
      if (event.data) yield event;
      event = {event: 'message', data: ''};
    } else if (line.startsWith('event: ')) {
      event.event = line.slice(7).trim();
    } else if (line.startsWith('data: ')) {
      event.data += line.slice(6);
    } else if (line.startsWith(':')) {
      yield {event: 'heartbeat', data: ''};
    }
  }
}
