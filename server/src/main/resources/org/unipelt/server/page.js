// The page of the server: asks the chosen models and draws what they answer. Texts become text nodes, never HTML.

const byId = id => document.getElementById(id);

/** Makes an element. Properties that begin with "--" are numbers for the style sheet. */
function element(name, properties, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith('--')) {
      made.style.setProperty(key, value);
    } else if (key in made) {
      made[key] = value;
    } else {
      made.setAttribute(key, value);
    }
  }
  made.append(...children);
  return made;
}

const fixed = (value, digits) => value.toFixed(digits).replace('-', '\u2212');
const signed = (value, digits) => (Number(value.toFixed(digits)) > 0 ? '+' : '') + fixed(value, digits).replace(/^\u2212(0\.0*)$/, '$1');
const share = value => (value > 0 && value < 0.0005 ? '< 0.001' : fixed(value, 3));
const many = (number, one, more) => `${number} ${number === 1 ? one : more}`;

// ---------------------------------------------------------------------------------------------- requests

/** What the server refuses: its one sentence. */
class Refusal extends Error {
  constructor(status, sentence, after) {
    super(sentence);
    this.status = status;
    this.after = after;
  }
}

/** Lives as long as the page. */
let token = '';

async function once(path, body, signal) {
  const headers = {};
  if (token) {
    headers.Authorization = `Bearer ${token}`;
  }
  if (body) {
    headers['Content-Type'] = 'application/json';
  }
  let response;
  try {
    response = await fetch(path, {
      method: body ? 'POST' : 'GET', headers, signal, body: body && JSON.stringify(body), cache: 'no-store', credentials: 'omit',
    });
    if (response.ok) {
      return await response.json();
    }
  } catch (failure) {
    if (signal?.aborted) {
      throw failure;
    }
    throw new Refusal(0, 'the server does not answer; is it still running?');
  }
  const sentence = await response.json().then(read => read.error).catch(() => undefined);
  throw new Refusal(
    response.status, sentence ?? `the server answers with the status ${response.status}`, Number(response.headers.get('Retry-After')));
}

/** Asks the server; asks the reader for the token first if the server demands one. */
async function call(path, body, signal) {
  for (;;) {
    try {
      return await once(path, body, signal);
    } catch (refusal) {
      if (refusal.status !== 401) {
        throw refusal;
      }
    }
    await givenToken(token !== '');
    signal?.throwIfAborted();
  }
}

function givenToken(wrong) {
  const form = byId('token-form');
  const field = byId('token');
  showError(wrong ? 'the server does not take this token' : '');
  form.hidden = false;
  field.value = '';
  field.focus();
  return new Promise(resolve => {
    form.onsubmit = submitted => {
      submitted.preventDefault();
      token = field.value;
      field.value = '';
      form.hidden = true;
      showError('');
      resolve();
    };
  });
}

function showError(sentence) {
  byId('error').textContent = sentence && `${sentence[0].toUpperCase()}${sentence.slice(1)}.`.replace(/([.?!])\.$/, '$1');
}

// ---------------------------------------------------------------------------------------------- what is asked

let models = [];

function chosen() {
  const names = new Set([...byId('list').querySelectorAll(':checked')].map(box => box.value));
  return models.filter(model => names.has(model.id));
}

/** The texts to ask for: one, or two to compare. */
function texts() {
  return (byId('compare').checked ? [0, 1] : [0]).map(i => ({
    field: byId(`text-${i}`),
    pairField: byId(`pair-${i}`),
    text: byId(`text-${i}`).value,
    pair: byId(`pair-${i}`).value,
    name: byId('compare').checked ? ['First text', 'Second text'][i] : '',
  }));
}

const visible = text => /[^\s\p{C}\p{Z}]/u.test(text);

/** Says what is missing, and goes there. */
function missing(asked, given) {
  const say = (field, sentence) => {
    showError(sentence);
    field.focus();
    return true;
  };
  if (!asked.length) {
    return say(byId('list').querySelector('input') ?? byId('send'), 'choose a model');
  }
  const pairs = asked.find(model => model.pairs);
  for (const each of given) {
    if (!visible(each.text)) {
      return say(each.field, 'type a text');
    }
    if (pairs && !visible(each.pair)) {
      return say(each.pairField, `the model '${pairs.id}' reads pairs of texts; type the second one too`);
    }
  }
  return false;
}

function listed(model) {
  const labels = model.labels?.join(' \u00b7 ') ?? {score: 'a score', relevance: 'how relevant the pair is to the text'}[model.predicts] ?? model.predicts;
  const about = `${model.method} on ${model.parent}`;
  return element('label', {className: 'model'},
    element('input', {type: 'checkbox', name: 'model', value: model.id}),
    element('b', {}, model.id),
    element('small', {title: labels}, labels),
    element('small', {title: about}, about));
}

function offerModels() {
  byId('list').replaceChildren(...models.map(listed));
  byId('many').hidden = models.length < 4;
  byId('lead').textContent = models.length
    ? `${many(models.length, 'tuned model', 'tuned models')} on ${many(new Set(models.map(model => model.parent)).size, 'base model', 'base models')}.`
    : 'No model is loaded. Load one through the admin port, then open this page again.';
  byId('ask').hidden = !models.length;
}

/** Shows the fields that the chosen models read. */
function fitFields() {
  const readers = chosen().filter(model => model.pairs).map(model => model.id);
  for (const pair of document.querySelectorAll('.pair')) {
    pair.hidden = !readers.length;
    pair.querySelector('.readers').textContent = `for ${readers.slice(0, 4).join(', ')}${readers.length > 4 ? ' and others' : ''}`;
  }
  byId('second').hidden = !byId('compare').checked;
}

// ---------------------------------------------------------------------------------------------- the address

/** Keeps what is asked in the part of the address that no server sees, so that a reload or a link brings it back. */
function keep(asked, given) {
  const state = new URLSearchParams();
  asked.forEach(model => state.append('model', model.id));
  given.forEach((each, i) => {
    state.append('text', each.text);
    if (asked.some(model => model.pairs)) {
      state.set(`pair-${i}`, each.pair);
    }
  });
  const address = `#${state}`;
  // Browsers refuse very long addresses.
  history.replaceState(null, '', address.length < 8000 ? address : location.pathname);
}

function restore() {
  const state = new URLSearchParams(location.hash.slice(1));
  const names = new Set(state.getAll('model'));
  const boxes = [...byId('list').querySelectorAll('input')];
  boxes.forEach(box => { box.checked = names.has(box.value); });
  if (boxes.length && !boxes.some(box => box.checked)) {
    boxes[0].checked = true;
  }
  state.getAll('text').slice(0, 2).forEach((text, i) => {
    byId(`text-${i}`).value = text;
    byId(`pair-${i}`).value = state.get(`pair-${i}`) ?? '';
  });
  byId('compare').checked = state.getAll('text').length > 1;
}

// ---------------------------------------------------------------------------------------------- answers

let running = new AbortController();

async function send() {
  const asked = chosen();
  const given = texts();
  if (missing(asked, given)) {
    return;
  }
  running.abort();
  running = new AbortController();
  const {signal} = running;
  keep(asked, given);
  showError('');
  const rows = asked.flatMap(model => given.map(each => ({model, each})));
  const body = {
    inputs: rows.map(({model, each}) => (model.pairs ? [each.text, each.pair] : [each.text])),
    adapter: rows.map(({model}) => model.id),
  };
  byId('answers').setAttribute('aria-busy', 'true');
  byId('status').textContent = 'Asking \u2026';
  try {
    const start = performance.now();
    const answers = await call('/predict', body, signal);
    const time = performance.now() - start;
    const cards = asked.map((model, i) => card(model, given, answers.slice(i * given.length, (i + 1) * given.length)));
    byId('answers').replaceChildren(...cards);
    showCommand(body);
    byId('status').textContent = summary(rows, answers, time);
    byId('answers').setAttribute('aria-busy', 'false');
    for (const [i, model] of asked.entries()) {
      if (model.gates) {
        await showGates(cards[i].querySelector('.gates'), model, given, signal);
      }
    }
  } catch (refusal) {
    if (signal.aborted) {
      return;
    }
    if (!(refusal instanceof Refusal)) {
      throw refusal;
    }
    byId('answers').replaceChildren();
    byId('again').hidden = true;
    byId('status').textContent = '';
    showError(refusal.message);
  } finally {
    if (!signal.aborted) {
      byId('answers').setAttribute('aria-busy', 'false');
    }
  }
}

/** The labels that a model gives a text: of classes the first, of several those at or above their thresholds. */
function labelsOf(model, answer) {
  if (model.thresholds) {
    const least = new Map(model.labels.map((label, i) => [label, model.thresholds[i]]));
    return answer.filter(each => each.score >= least.get(each.label));
  }
  return answer.slice(0, 1);
}

/** A text's answer in a few words. */
function words(model, answer) {
  if (model.predicts === 'tokens') {
    return answer.length ? answer.map(each => `${each.word} (${each.entity_group})`).join(', ') : 'nothing found';
  }
  if (answer[0]?.generated_text !== undefined) {
    return answer[0].generated_text;
  }
  if (!model.labels) {
    return fixed(answer[0].score, 3);
  }
  return labelsOf(model, answer).map(each => `${each.label} ${share(each.score)}`).join(', ') || 'no label';
}

function summary(rows, answers, time) {
  const said = rows.slice(0, 6).map(({model, each}, i) =>
    `${model.id}${each.name ? ` (${each.name.toLowerCase()})` : ''}: ${words(model, answers[i])}`);
  const rest = rows.length - said.length;
  return `${many(answers.length, 'answer', 'answers')} in ${Math.round(time)} ms. ${said.join('; ')}${rest ? `; and ${rest} more` : ''}.`;
}

function card(model, given, answers) {
  const gates = element('section', {className: 'gates', 'aria-label': `Gates of ${model.id}`},
    element('p', {className: 'note'}, model.gates ? 'Reading the gates \u2026' : 'This model has no gates. Only UniPELT methods have them.'));
  return element('article', {className: `answer${model.gates ? ' gated' : ''}${given.length > 1 ? ' two' : ''}`, 'data-model': model.id},
    element('header', {}, element('h2', {}, model.id), element('p', {className: 'note'}, `${model.method} on ${model.parent}`)),
    element('div', {className: 'said'}, ...given.map((each, i) => element('section', {className: 'of-text'},
      ...(each.name ? [
        element('h3', {}, each.name),
        element('p', {className: 'excerpt'}, model.pairs ? `${each.text} \u2502 ${each.pair}` : each.text)] : []),
      ...drawn(model, each.text, answers[i])))),
    gates);
}

function drawn(model, text, answer) {
  if (model.predicts === 'tokens') {
    return spans(model, text, answer);
  }
  if (answer[0]?.generated_text !== undefined) {
    return [element('p', {className: 'label'}, answer[0].generated_text)];
  }
  if (model.labels) {
    return classes(model, answer);
  }
  const relevance = answer[0].label === 'relevance';
  return [
    element('p', {className: 'label'}, relevance ? 'relevance ' : 'score ', element('span', {className: 'number'}, fixed(answer[0].score, 3))),
    ...(relevance ? [bars([{name: 'relevance', score: answer[0].score, chosen: true}])] : [])];
}

/** Every label with its probability as a bar; those of a model of several labels have a mark at their threshold. */
function classes(model, answer) {
  const won = new Set(labelsOf(model, answer));
  const rows = answer.map(each => ({
    name: each.label, score: each.score, chosen: won.has(each), limit: model.thresholds?.[model.labels.indexOf(each.label)],
  }));
  const label = element('p', {className: 'label'}, [...won].map(each => each.label).join(', ') || 'no label');
  if (won.size === 1) {
    label.append(' ', element('span', {className: 'number'}, share([...won][0].score)));
  }
  const shown = Math.max(10, won.size);
  const rest = rows.slice(shown);
  return [label, bars(rows.slice(0, shown)), ...(rest.length
    ? [element('details', {}, element('summary', {}, many(rest.length, 'more label', 'more labels')), bars(rest))] : [])];
}

function bars(rows) {
  return element('ol', {className: 'bars'}, ...rows.map(row => {
    const track = element('div', {className: 'track', 'aria-hidden': 'true'},
      element('div', {className: 'fill', '--p': Math.min(1, Math.max(0, row.score))}));
    if (row.limit !== undefined) {
      track.append(element('div', {className: 'limit', '--p': row.limit}));
    }
    return element('li', {className: row.chosen ? 'chosen' : '', title: row.limit === undefined ? '' : `its threshold is ${fixed(row.limit, 3)}`},
      element('span', {className: 'name'}, row.name), element('span', {className: 'number'}, share(row.score)), track);
  }));
}

/** The text with what was found in it. The server counts code points, as the parts of a string's iteration are. */
function spans(model, text, found) {
  const characters = [...text];
  const kinds = [...new Set([...(model.labels ?? []), ...found.map(each => each.entity_group)])];
  const marked = element('p', {className: 'found'});
  let at = 0;
  for (const each of [...found].sort((a, b) => a.start - b.start)) {
    marked.append(characters.slice(at, each.start).join(''),
      element('mark', {className: `c${kinds.indexOf(each.entity_group) % 6}`, title: share(each.score)},
        characters.slice(each.start, each.end).join(''), element('small', {}, each.entity_group)));
    at = each.end;
  }
  marked.append(characters.slice(at).join(''));
  return found.length
    ? [marked, bars(found.map(each => ({name: `${each.word} (${each.entity_group})`, score: each.score, chosen: true})))]
    : [marked, element('p', {className: 'note'}, 'Nothing found.')];
}

// ---------------------------------------------------------------------------------------------- gates

const COLOURS = 9;
const TRIES = 5;

/** Reads the gates, one text after the other: the server computes few at once. */
async function showGates(place, model, given, signal) {
  try {
    const read = [];
    for (const each of given) {
      const body = model.pairs ? {text: each.text, pair: each.pair} : {text: each.text};
      const {gates, means} = await patiently(`/v1/models/${encodeURIComponent(model.id)}/gates`, body, signal);
      read.push({name: each.name || 'This text', compared: given.length > 1, gates, over: means && rowsOf(means)});
    }
    place.replaceChildren(element('h3', {}, 'Gates'), element('div', {className: 'said'}, ...read.map(gateWords)), ...gateMaps(read));
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) {
      throw refusal;
    }
    place.replaceChildren(element('p', {className: 'note'}, `The gates cannot be read: ${refusal.message}.`));
  }
}

/** What the means in a model's card are taken over. */
function rowsOf({part, rows}) {
  const parts = {dev: 'development', test: 'test', train: 'training'};
  return many(rows, `${parts[part] ?? part} row`, `${parts[part] ?? part} rows`);
}

async function patiently(path, body, signal) {
  for (let tries = 1; ; tries++) {
    try {
      return await call(path, body, signal);
    } catch (refusal) {
      if (refusal.status !== 429 || tries === TRIES) {
        throw refusal;
      }
      await new Promise(resolve => { setTimeout(resolve, 1000 * (refusal.after || 1)); });
    }
  }
}

const mean = numbers => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
const largest = (all, size) => all.reduce((best, each) => (size(each) > size(best) ? each : best));
const off = gate => gate.value - gate.mean;
const known = gate => typeof gate.mean === 'number';

/** Says which sub-module is let in most, and which differs most from its mean. */
function gateWords({name, compared, gates, over}) {
  const submodules = [...Map.groupBy(gates, gate => gate.submodule)].map(([submodule, own]) => ({
    submodule, own, value: mean(own.map(gate => gate.value)), mean: own.every(known) ? mean(own.map(gate => gate.mean)) : undefined,
  })).sort((a, b) => b.value - a.value);
  const [first, ...others] = submodules;
  const said = element('div', {}, element('p', {},
    compared ? `${name}: ` : '', element('strong', {}, first.submodule), ' is let in most: its ',
    many(first.own.length, 'gate is', 'gates are'), ` open to ${fixed(first.value, 2)} on average`,
    others.length ? `, those of ${others.map(each => `${each.submodule} to ${fixed(each.value, 2)}`).join(', of ')}.` : '.'));
  if (!gates.every(known)) {
    return said;
  }
  const moved = largest(submodules, each => Math.abs(each.value - each.mean));
  const gate = largest(gates, each => Math.abs(off(each)));
  const change = moved.value - moved.mean;
  said.append(element('p', {}, `Furthest from the means over ${over}: `, element('strong', {}, moved.submodule),
    `, ${fixed(Math.abs(change), 3)} ${change < 0 ? 'less' : 'more'} open than its mean of ${fixed(moved.mean, 2)}. The single gate: `
    + `layer ${gate.layer}, ${gate.submodule} at ${gate.place}, ${fixed(gate.value, 2)} in place of ${fixed(gate.mean, 2)}.`));
  return said;
}

/** A map for each text and one for the means, all in the same colours. */
function gateMaps(read) {
  const values = read.flatMap(({gates}) => gates.flatMap(gate => (known(gate) ? [gate.value, gate.mean] : [gate.value])));
  const reach = Math.max(0.05, Math.ceil(Math.max(...values.map(value => Math.abs(value - 0.5))) * 20 - 1e-9) / 20);
  const hasMeans = read[0].gates.every(known);
  const maps = read.map(({name, gates}) => gateMap(name, gates, reach, {isText: true, hasMeans}));
  if (hasMeans) {
    maps.push(gateMap(`Mean over ${read[0].over}`, read[0].gates, reach, {isText: false, hasMeans}));
  }
  const scale = element('p', {className: 'scale'}, `${fixed(0.5 - reach, 2)} open `,
    ...Array.from({length: COLOURS}, (none, i) => element('i', {className: `g${i}`})), ` ${fixed(0.5 + reach, 2)}`,
    hasMeans ? '; below each value its distance from the mean' : '');
  return [element('div', {className: 'maps'}, ...maps), scale, ...(hasMeans ? [] : [element('p', {className: 'note'},
    'Only what the gates do for this text is shown: the model\u2019s card has no means. An earlier version trained it.')])];
}

/** Layers as rows, sub-modules with their places as columns: the gates of a text, or their means. */
function gateMap(title, gates, reach, {isText, hasMeans}) {
  const column = gate => `${gate.submodule} ${gate.place}`;
  const submodules = [...Map.groupBy(gates, gate => gate.submodule)]
    .map(([submodule, own]) => ({submodule, places: [...new Set(own.map(gate => gate.place))]}));
  const furthest = isText && hasMeans ? largest(gates, gate => Math.abs(off(gate))) : undefined;
  const cell = gate => {
    const value = isText ? gate.value : gate.mean;
    const colour = Math.round((COLOURS - 1) / 2 * (1 + (value - 0.5) / reach));
    const made = element('td', {
      className: `g${Math.min(COLOURS - 1, Math.max(0, colour))}${gate === furthest ? ' furthest' : ''}`,
      title: `layer ${gate.layer}, ${gate.submodule} at ${gate.place}: ${fixed(gate.value, 4)}${hasMeans ? `; mean ${fixed(gate.mean, 4)}` : ''}`,
    }, fixed(value, 2));
    if (isText && hasMeans) {
      made.append(element('small', {}, signed(off(gate), 2)));
    }
    return made;
  };
  const byLayer = [...Map.groupBy(gates, gate => gate.layer)].sort(([a], [b]) => a - b);
  return element('div', {className: 'map', role: 'region', tabIndex: 0, 'aria-label': `${title}: gates by layer and sub-module`},
    element('table', {},
      element('caption', {}, title),
      element('thead', {},
        element('tr', {}, element('th', {scope: 'col', rowSpan: 2}, 'layer'), ...submodules.map(({submodule, places}) =>
          element('th', {scope: 'colgroup', colSpan: places.length, className: 'submodule'}, submodule))),
        element('tr', {}, ...submodules.flatMap(({places}) => places.map(place => element('th', {scope: 'col', className: 'place'}, place))))),
      element('tbody', {}, ...byLayer.map(([layer, own]) => {
        const byColumn = new Map(own.map(gate => [column(gate), gate]));
        return element('tr', {}, element('th', {scope: 'row'}, `${layer}`), ...submodules.flatMap(({submodule, places}) =>
          places.map(place => byColumn.get(`${submodule} ${place}`)).map(gate => (gate ? cell(gate) : element('td', {})))));
      }))));
}

// ---------------------------------------------------------------------------------------------- a program's turn

/** Shows the request as a command, so that a reader may go on from there. */
function showCommand(body) {
  const quoted = text => `'${text.replaceAll('\'', '\'\\\'\'')}'`;
  byId('curl').textContent = [
    `curl -s ${quoted(`${location.origin}/predict`)}`, ' -H \'Content-Type: application/json\'',
    ...(token ? [' -H "Authorization: Bearer $TOKEN"'] : []), ` -d ${quoted(JSON.stringify(body))}`].join(' \\\n ');
  byId('again').hidden = false;
}

// ---------------------------------------------------------------------------------------------- start

byId('ask').addEventListener('submit', submitted => {
  submitted.preventDefault();
  send();
});
byId('ask').addEventListener('keydown', pressed => {
  if (pressed.key === 'Enter' && (pressed.ctrlKey || pressed.metaKey)) {
    pressed.preventDefault();
    send();
  } else if (pressed.key === 'Enter' && pressed.target.matches('input')) {
    // Only Ctrl+Enter and the button send.
    pressed.preventDefault();
  }
});
byId('ask').addEventListener('change', fitFields);
byId('compare').addEventListener('change', () => {
  fitFields();
  byId(byId('compare').checked ? 'text-1' : 'text-0').focus();
});
byId('find').addEventListener('input', () => {
  const wanted = byId('find').value.trim().toLowerCase();
  for (const model of byId('list').children) {
    model.hidden = !model.textContent.toLowerCase().includes(wanted);
  }
});
for (const [id, checked] of [['all', true], ['none', false]]) {
  byId(id).addEventListener('click', () => {
    byId('list').querySelectorAll('.model:not([hidden]) input').forEach(box => { box.checked = checked; });
    fitFields();
  });
}

try {
  models = (await call('/v1/models')).data;
  offerModels();
  restore();
  fitFields();
  byId('text-0').focus();
} catch (refusal) {
  if (!(refusal instanceof Refusal)) {
    throw refusal;
  }
  showError(refusal.message);
}
