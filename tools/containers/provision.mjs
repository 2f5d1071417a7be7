// Asks for the shop example and approves it in two browsers, as an engineer and ops do, and waits until it is ready.
// Usage: node provision.mjs <portal's address>; prints how long it took.
import { chromium } from 'playwright-core';

const [portal] = process.argv.slice(2);
const environment = 'shop';
const patience = 180_000;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--disable-gpu', '--no-first-run', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
});

async function signIn(persona) {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(portal);
  await page.click(`button[value=${persona}]`);
  await page.locator('h1').waitFor();
  return page;
}

async function ask(page) {
  await page.goto(new URL('/requests/new', portal).href);
  await page.fill('#field-environment', environment);
  await page.press('#field-environment', 'Tab');
  for (const step of ['network', 'cluster', 'services']) {
    await page.getByRole('button', { name: 'Continue' }).first().click();
    await page.locator(`#step-${step}`).waitFor();
  }
  await page.getByRole('button', { name: 'Add all 3 of the shop example' }).click();
  await page.getByText('3 paths without a conflict').waitFor();
  await page.getByRole('button', { name: 'Review' }).first().click();
  await page.waitForURL('**step=review*');
  await page.getByRole('button', { name: 'Submit for approval' }).first().click();
  await page.waitForURL('**/requests/1');
}

async function approve(page) {
  await page.goto(new URL('/approvals', portal).href);
  await page.getByRole('button', { name: 'Approve' }).first().click();
  await page.getByText('approved').first().waitFor();
}

try {
  const engineer = await signIn('engineer');
  await ask(engineer);
  await approve(await signIn('ops'));
  const approved = performance.now();
  await engineer.goto(new URL(`/environments/${environment}`, portal).href);
  await engineer.locator('h1 ~ .chip.ok').waitFor({ timeout: patience });
  console.log(`${environment} is Ready ${((performance.now() - approved) / 1000).toFixed(1)} s after the approval`);
  const api = await engineer.getByRole('link', { name: 'Open the API' }).getAttribute('href');
  console.log(`${api} answers ${(await fetch(api)).status}`);
} finally {
  await browser.close();
}
