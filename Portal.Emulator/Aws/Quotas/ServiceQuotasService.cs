using System.Globalization;
using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.Quotas;

/// <summary>The reads of Service Quotas, of those that the account keeps to.</summary>
internal sealed class ServiceQuotasService : JsonService
{
    private readonly AccountQuotas _quotas;
    private readonly EmulatorOptions _options;

    public ServiceQuotasService(AccountQuotas quotas, EmulatorOptions options) : base("servicequotas", "ServiceQuotasV20190624")
    {
        (_quotas, _options) = (quotas, options);
        Actions = new Dictionary<string, Func<AwsRequest, JsonObject, CancellationToken, Task<JsonObject>>>(StringComparer.Ordinal)
        {
            ["GetServiceQuota"] = (_, body, _) => Task.FromResult(One(body, quota => quota.Value)),
            ["GetAWSDefaultServiceQuota"] = (_, body, _) => Task.FromResult(One(body, quota => quota.Standard)),
            ["ListServiceQuotas"] = (_, body, _) => Task.FromResult(List(body)),
        };
    }

    protected override IReadOnlyDictionary<string, Func<AwsRequest, JsonObject, CancellationToken, Task<JsonObject>>> Actions { get; }

    public override string SubjectOf(AwsRequest request) => Read(request) is var body ? $"{body["ServiceCode"].ToText()}/{body["QuotaCode"].ToText()}" : "";

    private JsonObject One(JsonObject body, Func<AccountQuota, double> value) => new()
    {
        ["Quota"] = Show(
            OfService(body).FirstOrDefault(quota => quota.Code == body["QuotaCode"].ToText())
            ?? throw new AwsException("NoSuchResourceException", "The request failed because the specified quota does not exist."), value),
    };

    private JsonObject List(JsonObject body)
    {
        var size = int.TryParse(body["MaxResults"].ToText(), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) && asked is >= 1 and <= 100 ? asked : 100;
        var (page, next) = Paging.Page(OfService(body), quota => quota.Code, body["NextToken"]?.ToText(), size, () => new AwsException("InvalidPaginationTokenException", "Invalid NextToken"));
        var answer = new JsonObject { ["Quotas"] = new JsonArray([.. page.Select(quota => (JsonNode)Show(quota, one => one.Value))]) };
        if (next is not null)
            answer["NextToken"] = next;
        return answer;
    }

    private List<AccountQuota> OfService(JsonObject body)
    {
        var service = body["ServiceCode"].ToText();
        var found = _quotas.All.Where(quota => quota.Service == service).ToList();
        return found.Count > 0 ? found : throw new AwsException("NoSuchResourceException", $"The request failed because the specified service does not exist: {service}");
    }

    private JsonObject Show(AccountQuota quota, Func<AccountQuota, double> value) => new()
    {
        ["ServiceCode"] = quota.Service,
        ["ServiceName"] = quota.ServiceName,
        ["QuotaArn"] = $"arn:aws:servicequotas:{_options.Region}:{_options.AccountId}:{quota.Service}/{quota.Code}",
        ["QuotaCode"] = quota.Code,
        ["QuotaName"] = quota.Name,
        ["Value"] = value(quota),
        ["Unit"] = "None",
        ["Adjustable"] = true,
        ["GlobalQuota"] = false,
    };
}
