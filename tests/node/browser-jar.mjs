// As much of a browser as signing in takes: follows redirects, keeps cookies by host, fills in a provider's forms.

/** Cookies by host and name, as a browser holds them; `set` keeps every `Set-Cookie` that came. */
export class Browser {
  jar = new Map();
  set = [];

  /** One request, without following anything. */
  async request(url, { headers, ...init } = {}) {
    const { host, pathname } = new URL(url);
    const cookies = [...(this.jar.get(host) ?? new Map()).values()].filter(({ path }) => pathname.startsWith(path));
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { redirect: 'manual', headers: { 'sec-fetch-site': 'same-origin', ...(cookie && { cookie }), ...headers }, ...init });
    for (const line of response.headers.getSetCookie()) this.#take(host, line);
    return response;
  }

  #take(host, line) {
    this.set.push(line);
    const [pair, ...attributes] = line.split(';').map((part) => part.trim());
    const [name, ...rest] = pair.split('=');
    const attribute = (wanted) => attributes.map((text) => text.split('=')).find(([key]) => key.toLowerCase() === wanted)?.[1];
    if (!this.jar.has(host)) this.jar.set(host, new Map());
    const value = rest.join('=');
    const gone = attribute('max-age') === '0' || new Date(attribute('expires') ?? Infinity) < Date.now() || value === '';
    if (gone) this.jar.get(host).delete(name);
    else this.jar.get(host).set(name, { name, value, path: attribute('path') ?? '/' });
  }

  cookie(url, name) {
    return this.jar.get(new URL(url).host)?.get(name)?.value;
  }

  /** Follows redirects and submits forms by `fill` until an answer is neither, or its URL is for `until`. */
  async visit(url, { fill = () => undefined, until = () => false } = {}) {
    for (let step = 0; step < 20; step++) {
      if (until(new URL(url))) return { url };
      let response = await this.request(url);
      if (response.status === 200 && new URL(url).pathname.startsWith('/interaction/')) {
        const html = await response.text();
        const action = /<form[^>]* action="([^"]+)"/.exec(html)?.[1];
        const body = new URLSearchParams(fill(/name="prompt" value="([^"]+)"/.exec(html)?.[1]));
        response = await this.request(new URL(action, url), { method: 'POST', body });
      }
      const location = response.headers.get('location');
      if (!location) return { url, response };
      url = new URL(location, url).href;
    }
    throw new Error(`going round in circles: ${url}`);
  }
}
