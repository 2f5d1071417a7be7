// The certified oidc-provider, with people whose name is all they need. Started by OidcProvider.cs: PORT, PORTAL (address of the portal).
import http from 'node:http';
import Provider from 'oidc-provider';

const issuer = `http://127.0.0.1:${process.env.PORT}`;
const portal = process.env.PORTAL;
const removed = new Set();
const groups = new Map(Object.entries({ vera: ['viewers'], edgar: ['engineers'], olga: ['operators'], adam: ['admins'], nina: [] }));

const provider = new Provider(issuer, {
  clients: [{
    client_id: 'portal', client_secret: 'portal-secret-of-the-tests', redirect_uris: [`${portal}/signin-oidc`], post_logout_redirect_uris: [`${portal}/signout-callback-oidc`],
    grant_types: ['authorization_code', 'refresh_token'], token_endpoint_auth_method: 'client_secret_post', backchannel_logout_uri: `${portal}/sign-out/back-channel`, backchannel_logout_session_required: true,
  }],
  claims: { openid: ['sub'], profile: ['name', 'groups'] },
  features: { backchannelLogout: { enabled: true } },
  cookies: { keys: ['only for tests'] },
  issueRefreshToken: () => true,
  // Everybody has agreed already.
  loadExistingGrant: async context => {
    const grant = new context.oidc.provider.Grant({ clientId: context.oidc.client.clientId, accountId: context.oidc.session.accountId });
    grant.addOIDCScope('openid profile offline_access');
    await grant.save();
    return grant;
  },
  findAccount: (_, id) => removed.has(id) || !groups.has(id) ? undefined : {
    accountId: id,
    claims: () => ({ sub: id, name: id[0].toUpperCase() + id.slice(1), groups: groups.get(id) }),
  },
  // Its own guard against loopback addresses would keep it from the portal under test.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  renderError: (context, out) => { context.type = 'text'; context.body = JSON.stringify(out); },
});
provider.on('server_error', (_, error) => console.error(error));
provider.on('backchannel.error', (_, error) => console.error('back-channel', error.message));

const callback = provider.callback();
http.createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, issuer);
  if (pathname === '/_test/remove') removed.add(searchParams.get('account'));
  else if (pathname === '/_test/groups') groups.set(searchParams.get('account'), searchParams.get('groups').split(','));
  else return void callback(request, response);
  response.end();
}).listen(process.env.PORT, '127.0.0.1', () => console.log('provider is ready'));
