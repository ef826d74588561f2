import { existsSync } from 'node:fs';
import { Browser, BrowserContext, chromium, Page } from 'playwright-core';

const CHROMIUM = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

export interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
}

/** Headless Chromium with one signed-in page a role. */
export class PortalBrowser {
  readonly #browser: Browser;
  readonly #url: string;
  readonly #contexts: BrowserContext[] = [];

  private constructor(browser: Browser, url: string) {
    this.#browser = browser;
    this.#url = url;
  }

  static async launch(url: string): Promise<PortalBrowser> {
    const executablePath = CHROMIUM.find(path => path && existsSync(path));
    if (!executablePath) {
      throw new Error(
        'No Chromium is installed; run: apt-get install chromium, or set CHROMIUM_PATH',
      );
    }
    const browser = await chromium.launch({
      executablePath,
      // Chromium refuses its sandbox to root, as which containers run tests.
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
    return new PortalBrowser(browser, url);
  }

  /** A page that has signed in with a role by the sign-in page's button. */
  async signIn(role: string, look: Look = {}): Promise<Page> {
    const context = await this.#browser.newContext({
      baseURL: this.#url,
      viewport: { width: look.width ?? 1440, height: look.height ?? 1000 },
      colorScheme: look.dark ? 'dark' : 'light',
      timezoneId: 'Europe/Berlin',
      locale: 'en-GB',
    });
    this.#contexts.push(context);
    const page = await context.newPage();
    await page.goto('/databases');
    await page.getByRole('button', { name: `Sign in as ${role}` }).click();
    await page.waitForURL('**/databases');
    return page;
  }

  async close(): Promise<void> {
    for (const context of this.#contexts) {
      await context.close();
    }
    await this.#browser.close();
  }
}
