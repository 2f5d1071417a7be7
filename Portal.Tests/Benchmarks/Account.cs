using System.Buffers.Text;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Portal.Emulator;
using Portal.Emulator.Aws.Signing;

namespace Portal.Benchmarks;

/// <summary>Calls AWS's Query protocol and the clusters' APIs, signed, as any client would; nothing but HttpClient lies between.</summary>
internal sealed class Account(Uri url) : IDisposable
{
    private static readonly EmulatorOptions s_options = new();
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly HttpClient _http = new() { BaseAddress = url };

    public async Task<XElement> AskAsync(string service, params (string Name, string Value)[] parameters)
    {
        var answer = XElement.Parse(await SendAsync(service, parameters));
        foreach (var element in answer.DescendantsAndSelf())
            element.Name = element.Name.LocalName;
        return answer;
    }

    /// <summary>The answer's text, not parsed: for measurements.</summary>
    public async Task<string> SendAsync(string service, params (string Name, string Value)[] parameters)
    {
        var body = string.Join('&', parameters.Select(pair => $"{Uri.EscapeDataString(pair.Name)}={Uri.EscapeDataString(pair.Value)}"));
        var bytes = Encoding.UTF8.GetBytes(body);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/x-www-form-urlencoded");
        var (date, scope) = Scope(service);
        var canonical = SignatureV4.CanonicalRequest("POST", "/", [], [KeyValuePair.Create("host", url.Authority), KeyValuePair.Create("x-amz-date", date)], SignatureV4.Hash(bytes));
        request.Headers.Add("X-Amz-Date", date);
        request.Headers.TryAddWithoutValidation("Authorization",
            $"{SignatureV4.Algorithm} Credential={s_options.AccessKeyId}/{scope}, SignedHeaders=host;x-amz-date, Signature={SignatureV4.Sign(s_options.SecretAccessKey, canonical, date, scope)}");
        using var answer = await _http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? text : throw new InvalidOperationException(text);
    }

    /// <summary>The outputs of a stack that was made.</summary>
    public async Task<Dictionary<string, string>> OutputsAsync(string stack) => await EndOfAsync(stack) is { } found && found.Element("StackStatus")!.Value == "CREATE_COMPLETE"
        ? found.Element("Outputs")?.Elements().ToDictionary(output => output.Element("OutputKey")!.Value, output => output.Element("OutputValue")!.Value, StringComparer.Ordinal) ?? []
        : throw new InvalidOperationException($"Stack {stack} was not made.");

    /// <summary>The status that a stack comes to; null where there is no such stack, or no more.</summary>
    public async Task<string?> EndStatusAsync(string stack) => (await EndOfAsync(stack))?.Element("StackStatus")!.Value;

    private async Task<XElement?> EndOfAsync(string stack)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (await FindAsync(stack) is { } found)
        {
            if (!found.Element("StackStatus")!.Value.EndsWith("_IN_PROGRESS", StringComparison.Ordinal))
                return found;
            if (TimeProvider.System.GetElapsedTime(since) > s_patience)
                throw new TimeoutException($"Stack {stack} is still in progress after {s_patience}: {found}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        return null;
    }

    private async Task<XElement?> FindAsync(string stack)
    {
        try
        {
            return (await AskAsync("cloudformation", ("Action", "DescribeStacks"), ("StackName", stack))).Descendants("member").First();
        }
        catch (InvalidOperationException error) when (error.Message.Contains($"Stack with id {stack} does not exist", StringComparison.Ordinal))
        {
            return null;
        }
        catch (InvalidOperationException error) when (error.Message.Contains("Rate exceeded", StringComparison.Ordinal))
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
            return await FindAsync(stack);
        }
    }

    public Task CreateAsync(string stack, string body, Dictionary<string, string> parameters)
    {
        var fields = new List<(string, string)> { ("Action", "CreateStack"), ("StackName", stack), ("TemplateBody", body), ("Capabilities.member.1", "CAPABILITY_NAMED_IAM") };
        foreach (var ((name, value), index) in parameters.Select((pair, index) => (pair, index + 1)))
            fields.AddRange([($"Parameters.member.{index}.ParameterKey", name), ($"Parameters.member.{index}.ParameterValue", value)]);
        return SendAsync("cloudformation", [.. fields]);
    }

    /// <summary>A client of a cluster's API with an EKS token, trusting the cluster's own CA.</summary>
    public HttpClient Cluster(string name, string endpoint, string certificateAuthority)
    {
        using var pem = X509CertificateLoader.LoadCertificate(Der(certificateAuthority));
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificate(pem.RawData));
        var handler = new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy } };
        var client = new HttpClient(handler) { BaseAddress = new Uri(endpoint + "/") };
        client.DefaultRequestHeaders.Authorization = new("Bearer", Token(name));
        return client;
    }

    public void Dispose() => _http.Dispose();

    private static byte[] Der(string base64Pem)
    {
        var text = Encoding.ASCII.GetString(Convert.FromBase64String(base64Pem));
        return Convert.FromBase64String(string.Concat(text.Split('\n').Where(line => !line.StartsWith("-----", StringComparison.Ordinal))));
    }

    private string Token(string cluster)
    {
        var (date, scope) = Scope("sts");
        var query = new List<KeyValuePair<string, string>>
        {
            new("Action", "GetCallerIdentity"), new("Version", "2011-06-15"), new("X-Amz-Algorithm", SignatureV4.Algorithm),
            new("X-Amz-Credential", $"{s_options.AccessKeyId}/{scope}"), new("X-Amz-Date", date), new("X-Amz-Expires", "60"), new("X-Amz-SignedHeaders", "host;x-k8s-aws-id"),
        };
        var canonical = SignatureV4.CanonicalRequest("GET", "/", query, [KeyValuePair.Create("host", url.Authority), KeyValuePair.Create("x-k8s-aws-id", cluster)], SignatureV4.Hash([]));
        query.Add(new("X-Amz-Signature", SignatureV4.Sign(s_options.SecretAccessKey, canonical, date, scope)));
        var presigned = $"http://{url.Authority}/?" + string.Join('&', query.Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value)}"));
        return "k8s-aws-v1." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(presigned));
    }

    private static (string Date, CredentialScope Scope) Scope(string service)
    {
        var date = SignatureV4.FormatDate(TimeProvider.System.GetUtcNow());
        return (date, new CredentialScope(s_options.AccessKeyId, date[..8], s_options.Region, service));
    }
}
