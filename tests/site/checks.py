"""What a page must not do to anyone: each check gives a list of findings in words."""

from functools import cache
from pathlib import Path

import axe_playwright_python

_AXE = """options => axe.run(document, {resultTypes: ['violations'], ...options}).then(
    found => found.violations.flatMap(one => one.nodes.map(
        node => `axe ${one.id}: ${node.target} (${one.help})`)))"""

# In the page: what one sees, and its text with the rectangles of its lines.
_SEEN = """
const seen = element => element.checkVisibility({visibilityProperty: true, opacityProperty: true});
const name = element => {
  const words = (element.innerText || element.value || '').trim().replace(/\\s+/g, ' ')
    .slice(0, 40);
  const classes = element.getAttribute('class');
  const kind = element.tagName.toLowerCase() + (element.id ? '#' + element.id
    : classes ? '.' + classes.trim().split(/\\s+/).join('.') : '');
  return `${kind} “${words}”`;
};
const apart = 'svg, canvas, .leaflet-container, noscript, script, style, option';
const linesOf = element => {
  const rects = [];
  for (const node of element.childNodes) {
    if (node.nodeType !== Node.TEXT_NODE || !node.data.trim()) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    rects.push(...range.getClientRects());
  }
  return rects.filter(rect => rect.width > 2 && rect.height > 2);
};
const clips = value => value === 'hidden' || value === 'clip';
const hiddenAway = element => {
  for (let one = element; one; one = one.parentElement) {
    const {width, height} = one.getBoundingClientRect();
    if ((width <= 1 || height <= 1) && clips(getComputedStyle(one).overflowX)) return true;
  }
  return false;
};
const texts = () => [...document.body.querySelectorAll('*')]
  .filter(element => !element.closest(apart) && seen(element))
  .map(element => ({element, lines: linesOf(element)}))
  .filter(({element, lines}) => lines.length && !hiddenAway(element));
"""


def _in_page(body: str) -> str:
    return f"() => {{{_SEEN}{body}}}"


_TOO_WIDE = _in_page("""
  const {scrollWidth, clientWidth} = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const wide = [...document.body.querySelectorAll('*')].filter(element => seen(element)
    && element.getBoundingClientRect().right + scrollX > clientWidth + 1);
  const worst = wide.filter(element => !wide.some(other => element !== other
    && element.contains(other))).slice(0, 3).map(name);
  return [`the page scrolls ${scrollWidth - clientWidth} px to the side: ${worst.join(', ')}`];
""")

# Text that a box cuts off, and text that runs over the edge of its button or heading.
_CUT = _in_page("""
  const found = [];
  for (const {element, lines} of texts()) {
    if (element.matches('button, .btn, th, .badge, .segment')
        && element.scrollWidth > element.clientWidth + 1 && element.clientWidth) {
      found.push(`text runs over its edge: ${name(element)}`);
      continue;
    }
    for (let box = element; box && box !== document.body; box = box.parentElement) {
      const {overflowX, overflowY} = getComputedStyle(box);
      const {left, right, top, bottom} = box.getBoundingClientRect();
      if (lines.some(line => clips(overflowX) && (line.left < left - 2 || line.right > right + 2)
          || clips(overflowY) && (line.top < top - 2 || line.bottom > bottom + 2))) {
        found.push(`text is cut: ${name(element)}`);
        break;
      }
      if (/auto|scroll/.test(overflowX + overflowY)) break;
    }
  }
  return found;
""")

# Lines of text, and fields, that lie on one another. What sticks or floats does so on purpose.
_OVERLAP = _in_page("""
  const floats = element => {
    for (let one = element; one; one = one.parentElement)
      if (['sticky', 'fixed'].includes(getComputedStyle(one).position)) return true;
    return false;
  };
  const inside = (rect, element) => {
    let {left, right, top, bottom} = rect;
    for (let box = element.parentElement; box && box !== document.body; box = box.parentElement) {
      const {overflowX, overflowY} = getComputedStyle(box);
      if (overflowX === 'visible' && overflowY === 'visible') continue;
      const edge = box.getBoundingClientRect();
      left = Math.max(left, edge.left); right = Math.min(right, edge.right);
      top = Math.max(top, edge.top); bottom = Math.min(bottom, edge.bottom);
    }
    return {left, right, top, bottom, element};
  };
  const boxes = texts().filter(({element}) => !floats(element))
    .flatMap(({element, lines}) => lines.map(line => inside(line, element)));
  for (const field of document.querySelectorAll('input:not([type=hidden]), select, textarea'))
    if (seen(field) && !floats(field) && !hiddenAway(field))
      boxes.push(inside(field.getBoundingClientRect(), field));
  boxes.sort((one, other) => one.top - other.top);
  const found = new Set();
  boxes.forEach((one, at) => {
    for (let next = at + 1; next < boxes.length && boxes[next].top < one.bottom; next++) {
      const other = boxes[next];
      const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const down = Math.min(one.bottom, other.bottom) - other.top;
      const low = Math.min(one.bottom - one.top, other.bottom - other.top);
      if (one.element !== other.element && across > 3 && down > low / 2)
        found.add(`text on text: ${name(one.element)} and ${name(other.element)}`);
    }
  });
  return [...found].slice(0, 5);
""")

_SMALL_TARGETS = _in_page("""
  return [...document.querySelectorAll(
      'button, .btn, input:not([type=hidden], [type=checkbox], [type=radio]), select, summary')]
    .filter(one => seen(one) && !hiddenAway(one) && !one.closest('.leaflet-container')
      && one.getBoundingClientRect().height < 43.9)
    .map(one => `less than 44 px high: ${name(one)}`);
""")

# What Tab must reach. Of radio buttons of one name one is enough.
_EXPECTED = _in_page("""
  const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, '
    + 'textarea, summary, [tabindex="0"], [role=button], [role=link], [data-dialog]')];
  const radios = new Set();
  window.expected = all.filter(one => {
    if (one.disabled || !one.checkVisibility({visibilityProperty: true}) || one.tabIndex < 0
        && !one.matches('[role=button], [role=link], [data-dialog]')
        || one.closest('[inert], .leaflet-container')) return false;
    if (one.type !== 'radio') return true;
    const first = !radios.has(one.name);
    radios.add(one.name);
    return first;
  });
  window.reached = new Set();
  window.unseen = new Set();
  window.last = null;
  return window.expected.length;
""")

# A field may have taken the keyboard when the page came; the walk starts before everything.
_FROM_THE_TOP = """() => {
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute('tabindex');
  scrollTo(0, 0);
}"""

# Notes where the keyboard is; true when it has left the page or come round.
_AT = """() => {
  const at = document.activeElement;
  if (at && at === window.last) return false; // a date has a stop for each of its parts
  if (!at || at === document.body || window.reached.has(at)) return true;
  window.last = at;
  window.reached.add(at);
  if (at.type === 'radio') window.expected.filter(one => one.type === 'radio'
    && one.name === at.name).forEach(one => window.reached.add(one));
  const marked = [at, at.parentElement, at.parentElement.parentElement].some(one => {
    const {outlineStyle, outlineWidth, boxShadow} = getComputedStyle(one);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) > 0 || boxShadow !== 'none';
  });
  const {left, right, top, bottom, width, height} = at.getBoundingClientRect();
  const x = Math.max(0, left) + (Math.min(innerWidth, right) - Math.max(0, left)) / 2;
  const y = Math.max(0, top) + (Math.min(innerHeight, bottom) - Math.max(0, top)) / 2;
  const over = document.elementFromPoint(x, y);
  const tiny = width <= 1 || height <= 1;
  const shown = tiny || over && (at.contains(over) || over.contains(at) || at.closest('label'));
  if (!marked || !shown) window.unseen.add(at);
  return false;
}"""

_KEYBOARD = _in_page("""
  return [...window.expected.filter(one => !window.reached.has(one)
      && one.checkVisibility()).map(one => `Tab does not reach ${name(one)}`),
    ...[...window.unseen].map(one => `one does not see the keyboard at ${name(one)}`)];
""")


@cache
def _axe_source() -> str:
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")


def axe(window, *rules: str) -> list[str]:
    """Violations that axe finds; of some rules only, where they are named."""
    if not window.evaluate("typeof axe === 'object'"):
        window.evaluate(_axe_source())
    return window.evaluate(_AXE, {"runOnly": list(rules)} if rules else {})


def too_wide(window) -> list[str]:
    return window.evaluate(_TOO_WIDE)


def lost_text(window) -> list[str]:
    """Text that is cut off, runs over an edge or lies on another."""
    return [*window.evaluate(_CUT), *window.evaluate(_OVERLAP)]


def small_targets(window) -> list[str]:
    return window.evaluate(_SMALL_TARGETS)


def keyboard(window) -> list[str]:
    """Walks the page by Tab: all that one can use is reached, and one sees where one is."""
    window.evaluate(_FROM_THE_TOP)
    most = window.evaluate(_EXPECTED) + 50
    window.keyboard.press("Tab")
    if window.evaluate("document.activeElement.className") != "skip":
        return ["the first Tab does not reach the link to the content"]
    for _ in range(most):
        if window.evaluate(_AT):
            break
        window.keyboard.press("Tab")
    else:
        return ["Tab does not come to an end"]
    return window.evaluate(_KEYBOARD)


def dialogs(window) -> list[str]:
    """Every dialog and the menu open by Enter, close by Esc, and give the keyboard back."""
    found = []
    openers = "[data-dialog], [popovertarget]:not([popovertargetaction=hide])"
    for opener in window.locator(openers).all():
        if not opener.is_visible():
            continue
        target = opener.get_attribute("data-dialog") or opener.get_attribute("popovertarget")
        opened = window.locator(f"[id='{target}']")
        opener.focus()
        window.keyboard.press("Enter")
        if not opened.is_visible():
            found.append(f"#{target} does not open by Enter")
            continue
        window.keyboard.press("Escape")
        if opened.is_visible():
            found.append(f"#{target} does not close by Esc")
        elif not opener.evaluate("one => one === document.activeElement"):
            found.append(f"#{target} does not give the keyboard back")
    return found
