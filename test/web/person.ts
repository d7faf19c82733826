import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';

/** How long a person needs for one click, and to read before a decision: slow, because they are frightened. */
const clickMs = 1_500;
const decisionMs = 5_000;
const characterMs = 250;

export interface Steps {
  clicks: number;
  /** Where several ways were open, or something had to be known. */
  decisions: number;
  /** Seconds that such a person takes. */
  own: number;
  /** The same with what the page and the server took meanwhile. */
  seconds: number;
}

/**
 * Somewhat like a person at the page: does only what is in sight, finds things by what is written on them, and takes time
 * for it. The time is counted and not slept.
 */
export function person(page: Page) {
  let clicks = 0;
  let decisions = 0;
  let typed = 0;
  const began = performance.now();
  const seen = async (thing: Locator): Promise<Locator> => {
    await thing.waitFor({ state: 'visible' });
    return thing;
  };
  return {
    /** Waits until it is on the page. */
    reads: async (text: string | RegExp) => void (await seen(page.getByText(text).first())),
    /** Clicks what has these words. No other thing may have them but links to the same place. */
    async clicks(role: 'button' | 'link' | 'option' | 'combobox' | 'checkbox', name: string | RegExp) {
      const thing = page.getByRole(role, { name });
      await seen(thing.first());
      if (role === 'link') {
        const places = await thing.evaluateAll((links) => links.map((link) => link.getAttribute('href')));
        assert.equal(new Set(places).size, 1, `${String(name)} leads to ${places.join(' and ')}`);
        await thing.first().click();
      } else await thing.click();
      clicks++;
    },
    decides: () => void decisions++,
    async types(label: string, text: string) {
      const field = await seen(page.getByLabel(label, { exact: true }));
      await field.click();
      await field.fill(text);
      clicks++;
      typed += text.length;
    },
    steps(): Steps {
      const own = clicks * clickMs + decisions * decisionMs + typed * characterMs;
      const all = performance.now() - began + own;
      return { clicks, decisions, own: Math.ceil(own / 1_000), seconds: Math.ceil(all / 1_000) };
    },
  };
}
