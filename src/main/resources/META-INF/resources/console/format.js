import {language} from './messages.js';

/** Numbers and times for people, in their language; a dash for what is not known. */

const NONE = '–';
const formats = new Map();

function format(kind, options) {
  const key = language() + kind + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl[kind](language(), options));
  return formats.get(key);
}

const isNone = value => value === null || value === undefined || Number.isNaN(value);

export function count(value) {
  return isNone(value) ? NONE : format('NumberFormat', {maximumFractionDigits: 0}).format(value);
}

/** Short: 12.3K. */
export function compact(value) {
  return isNone(value)
    ? NONE
    : format('NumberFormat', value < 10000 ? {maximumFractionDigits: 0} : {notation: 'compact', maximumFractionDigits: 1})
        .format(value);
}

export function rate(value) {
  if (isNone(value)) return NONE;
  return value > 0 && value < 10 ? format('NumberFormat', {maximumFractionDigits: 1}).format(value) : compact(value);
}

export function millis(value) {
  if (isNone(value)) return NONE;
  if (value < 1) return '<1\u00a0ms';
  if (value < 1000) return `${count(value)}\u00a0ms`;
  return seconds(value / 1000);
}

export function seconds(value) {
  if (isNone(value)) return NONE;
  if (value < 60) return `${format('NumberFormat', {maximumFractionDigits: value < 10 ? 1 : 0}).format(value)}\u00a0s`;
  const whole = Math.round(value);
  return whole < 3600
    ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

export function bytes(value) {
  if (isNone(value)) return NONE;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let size = value;
  for (; size >= 1024 && unit < units.length - 1; unit++) size /= 1024;
  return `${format('NumberFormat', {maximumFractionDigits: unit && size < 100 ? 1 : 0}).format(size)} ${units[unit]}`;
}

export function time(value) {
  return isNone(value)
    ? NONE
    : format('DateTimeFormat', {hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23'}).format(new Date(value));
}

export function moment(value) {
  return isNone(value)
    ? NONE
    : format('DateTimeFormat', {dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23'}).format(new Date(value));
}

/** A value of a row or an event; JSON for what is none of the simple ones. */
export function value(any) {
  if (any === null || any === undefined) return NONE;
  return typeof any === 'object' ? JSON.stringify(any) : String(any);
}
