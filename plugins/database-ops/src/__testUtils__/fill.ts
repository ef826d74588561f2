import userEvent from '@testing-library/user-event';

/** Replaces a field's content at once; typing it key by key takes seconds. */
export async function fill(field: HTMLElement, text: string): Promise<void> {
  await userEvent.clear(field);
  await userEvent.click(field);
  await userEvent.paste(text);
}
