import { Page } from 'playwright-core';

/** What a page's browser keeps of a portal, as text by place. */
export async function readBrowserStorage(
  page: Page,
): Promise<ReadonlyMap<string, string>> {
  const { cookies, origins } = await page
    .context()
    .storageState({ indexedDB: true });
  const ofOrigins = (kind: 'localStorage' | 'indexedDB') =>
    JSON.stringify(
      origins.map(
        each => (each as Partial<Record<typeof kind, unknown>>)[kind],
      ),
    );
  return new Map([
    ['cookies', JSON.stringify(cookies)],
    ['localStorage', ofOrigins('localStorage')],
    ['indexedDB', ofOrigins('indexedDB')],
    [
      'sessionStorage',
      await page.evaluate(() => JSON.stringify({ ...sessionStorage })),
    ],
  ]);
}

/** Leaves a word in each of these places, so that a test knows that it looks there. */
export async function leaveInBrowserStorage(
  page: Page,
  word: string,
): Promise<void> {
  await page.evaluate(async text => {
    document.cookie = `witness=${text}`;
    localStorage.setItem('witness', text);
    sessionStorage.setItem('witness', text);
    await new Promise<void>((resolve, reject) => {
      const opening = indexedDB.open('witness');
      opening.onupgradeneeded = () =>
        opening.result.createObjectStore('words').put(text, 'witness');
      opening.onsuccess = () => {
        opening.result.close();
        resolve();
      };
      opening.onerror = () => reject(opening.error);
    });
  }, word);
}
