using System.Diagnostics;
using System.Text.Json;
using static Portal.Tests.Templates.StackTemplate;

namespace Portal.Tests.Templates;

/// <summary>The function in edge-sign-in.yaml, run by Node as Lambda runs it, against an issuer that the harness pretends to be.</summary>
public sealed class TokenVerifierTests
{
    private static readonly Lazy<Task<Dictionary<string, string>>> s_answers = new(RunAsync);

    [Theory]
    [InlineData("good RS256", "alice arn:aws:execute-api:us-east-1:123456789012:api/v1/*")]
    [InlineData("good ES256", "alice arn:aws:execute-api:us-east-1:123456789012:api/v1/*")]
    [InlineData("several audiences", "alice arn:aws:execute-api:us-east-1:123456789012:api/v1/*")]
    [InlineData("other key under the same name", "Unauthorized")]
    [InlineData("changed claims", "Unauthorized")]
    [InlineData("algorithm none", "Unauthorized")]
    [InlineData("HMAC with the public key", "Unauthorized")]
    [InlineData("ES256 header, RSA key", "Unauthorized")]
    [InlineData("unknown key", "Unauthorized")]
    [InlineData("other issuer", "Unauthorized")]
    [InlineData("other audience", "Unauthorized")]
    [InlineData("expired", "Unauthorized")]
    [InlineData("no expiry", "Unauthorized")]
    [InlineData("not yet valid", "Unauthorized")]
    [InlineData("no subject", "Unauthorized")]
    [InlineData("critical header", "Unauthorized")]
    [InlineData("nonsense", "Unauthorized")]
    [InlineData("no token", "Unauthorized")]
    [InlineData("key fetches", "1")]
    [InlineData("issuer down at the start", "fault")]
    public async Task Handler_Token_IsAnswered(string token, string answer) => (await s_answers.Value)[token].ShouldBe(answer);

    private static async Task<Dictionary<string, string>> RunAsync()
    {
        var code = Text(Child(Named("edge-sign-in.yaml").Resources["Function"], "Properties", "Code", "ZipFile"));
        using var node = Process.Start(new ProcessStartInfo("node", "-") { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        await node.StandardInput.WriteAsync($"const source = {JsonSerializer.Serialize(code)};\n{Harness}");
        node.StandardInput.Close();
        var errors = node.StandardError.ReadToEndAsync();
        var output = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        node.ExitCode.ShouldBe(0, await errors);
        return JsonSerializer.Deserialize<Dictionary<string, string>>(output)!;
    }

    private const string Harness = """
        const crypto = require('node:crypto');
        const issuer = 'https://login.example.com/realms/shop';
        Object.assign(process.env, { ISSUER: issuer, AUDIENCE: 'shop-api' });
        const rsa = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
        const ec = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
        const jwks = [
          { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'r', use: 'sig', alg: 'RS256' },
          { ...ec.publicKey.export({ format: 'jwk' }), kid: 'e', use: 'sig' },
        ];
        let fetched = 0, down = false;
        globalThis.fetch = async url => {
          if (down) throw new Error('down');
          if (url.endsWith('/.well-known/openid-configuration')) return { ok: true, json: async () => ({ issuer, jwks_uri: issuer + '/keys' }) };
          fetched++;
          return { ok: true, json: async () => ({ keys: jwks }) };
        };
        console.warn = console.error = () => {};
        const load = () => { const module = { exports: {} }; new Function('exports', 'require', 'process', source)(module.exports, require, process); return module.exports.handler; };
        const b64 = value => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
        const now = Math.floor(Date.now() / 1000);
        const claims = { iss: issuer, aud: 'shop-api', sub: 'alice', exp: now + 300 };
        const sign = (head, body, key) => {
          const data = `${b64(head)}.${b64(body)}`;
          return `${data}.${crypto.sign('sha256', Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
        };
        const rs = (changes = {}, head = {}) => sign({ alg: 'RS256', kid: 'r', ...head }, { ...claims, ...changes }, rsa.privateKey);
        const hmac = () => {
          const data = `${b64({ alg: 'HS256', kid: 'r' })}.${b64(claims)}`;
          return `${data}.${crypto.createHmac('sha256', rsa.publicKey.export({ format: 'pem', type: 'spki' })).update(data).digest('base64url')}`;
        };
        const forged = () => { const [head, , signature] = rs().split('.'); return `${head}.${b64({ ...claims, sub: 'mallory' })}.${signature}`; };
        const ask = async (handler, token) => {
          try {
            const answer = await handler({ type: 'TOKEN', authorizationToken: token === '' ? '' : `Bearer ${token}`, methodArn: 'arn:aws:execute-api:us-east-1:123456789012:api/v1/GET/products/5' });
            return `${answer.principalId} ${answer.policyDocument.Statement[0].Resource}`;
          } catch (error) { return error.message === 'Unauthorized' ? 'Unauthorized' : 'fault'; }
        };
        (async () => {
          const handler = load();
          const other = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
          const tokens = {
            'good RS256': rs(),
            'good ES256': sign({ alg: 'ES256', kid: 'e' }, claims, ec.privateKey),
            'several audiences': rs({ aud: ['x', 'shop-api'] }),
            'other key under the same name': sign({ alg: 'RS256', kid: 'r' }, claims, other.privateKey),
            'changed claims': forged(),
            'algorithm none': `${b64({ alg: 'none', kid: 'r' })}.${b64(claims)}.AA`,
            'HMAC with the public key': hmac(),
            'ES256 header, RSA key': sign({ alg: 'ES256', kid: 'r' }, claims, rsa.privateKey),
            'unknown key': rs({}, { kid: 'z' }),
            'other issuer': rs({ iss: 'https://evil.example.com' }),
            'other audience': rs({ aud: 'another' }),
            'expired': rs({ exp: now - 120 }),
            'no expiry': rs({ exp: undefined }),
            'not yet valid': rs({ nbf: now + 300 }),
            'no subject': rs({ sub: undefined }),
            'critical header': rs({}, { crit: ['b64'] }),
            'nonsense': 'a.b.c',
            'no token': '',
          };
          const answers = {};
          for (const [name, token] of Object.entries(tokens)) answers[name] = await ask(handler, token);
          answers['key fetches'] = String(fetched);
          down = true;
          answers['issuer down at the start'] = await ask(load(), rs());
          console.log(JSON.stringify(answers));
        })();
        """;
}
