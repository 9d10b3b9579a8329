import {events, get, Problem} from './api.js';

/**
 * What the application says of itself each second. It connects again by itself, and knows how old its data is by this
 * machine's own clock. A tab that nobody sees for a while asks for nothing.
 */

const PATH = '/api/console/snapshots';
const MOST_POINTS = 300;
const SILENCE_MS = 6000;
const OLD_MS = 4000;
const HIDDEN_MS = 30000;
const PAUSES_MS = [500, 1000, 2000, 3000];

class Live extends EventTarget {
  snapshot = null;
  history = [];
  roles = [];
  paths = {};
  /** null, or why there is no data: 'unknown' (a token is needed), 'away' */
  trouble = null;
  #heardAt = 0;
  #connection = null;
  #attempts = 0;
  #begunAt = 0;

  start() {
    this.#connect();
    setInterval(() => this.#tick(), 1000);
    let hiding;
    document.addEventListener('visibilitychange', () => {
      clearTimeout(hiding);
      if (document.hidden) {
        hiding = setTimeout(() => this.#drop(), HIDDEN_MS);
      } else if (!this.#connection) {
        this.#connect();
      }
    });
  }

  /** Somebody else looks now. */
  restart() {
    this.snapshot = null;
    this.history = [];
    this.roles = [];
    this.trouble = null;
    this.#drop();
    this.#connect();
  }

  may(role) {
    return this.roles.includes(role);
  }

  has(path) {
    return path in this.paths;
  }

  get ageMs() {
    return this.#heardAt === 0 ? 0 : performance.now() - this.#heardAt;
  }

  get isOld() {
    return this.#heardAt !== 0 && this.ageMs > OLD_MS;
  }

  #drop() {
    this.#connection?.abort();
    this.#connection = null;
  }

  async #connect() {
    const connection = new AbortController();
    this.#connection = connection;
    this.#begunAt = performance.now();
    try {
      for await (const {event, data} of events(PATH, connection.signal)) {
        if (connection !== this.#connection) return;
        this.heard(event, data);
      }
    } catch (failure) {
      if (connection !== this.#connection) return;
      this.trouble = failure instanceof Problem && (failure.status === 401 || failure.status === 403) ? 'unknown' : 'away';
      this.#changed();
    }
    if (connection === this.#connection && this.trouble !== 'unknown') this.#again();
  }

  #again() {
    this.#connection = null;
    const pause = PAUSES_MS[Math.min(this.#attempts++, PAUSES_MS.length - 1)];
    setTimeout(() => {
      if (!this.#connection && !document.hidden) this.#connect();
    }, pause + Math.random() * 300);
  }

  /** One event of the stream. */
  heard(event, data) {
    if (event === 'hello') {
      const hello = JSON.parse(data);
      this.roles = hello.roles;
      this.history = hello.history.slice(-MOST_POINTS);
      this.trouble = null;
      this.#learnPaths();
    } else if (event === 'snapshot') {
      this.snapshot = JSON.parse(data);
      this.#add(this.snapshot.point);
      this.#attempts = 0;
      this.#heardAt = performance.now();
    }
    this.#changed();
  }

  /** A point of the charts; the oldest goes. */
  #add(point) {
    this.history.push(point);
    if (this.history.length > MOST_POINTS) this.history.splice(0, this.history.length - MOST_POINTS);
  }

  async #learnPaths() {
    try {
      this.paths = (await get('/q/openapi?format=json')).paths;
      this.#changed();
    } catch {
      // without the description only what every installation has is offered; it is asked for again at the next hello
    }
  }

  #tick() {
    const silence = performance.now() - Math.max(this.#heardAt, this.#begunAt);
    if (this.#connection && silence > SILENCE_MS) {
      this.trouble = 'away';
      this.#connection.abort();
      this.#again();
    }
    if (this.isOld || this.trouble) this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}

export const live = new Live();

/** Has an element drawn anew whenever there is something new. */
export class Following {
  #host;
  #redraw = () => this.#host.requestUpdate();

  constructor(host) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected() {
    live.addEventListener('change', this.#redraw);
  }

  hostDisconnected() {
    live.removeEventListener('change', this.#redraw);
  }
}
