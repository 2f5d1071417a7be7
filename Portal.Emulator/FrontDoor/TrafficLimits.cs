using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes;

namespace Portal.Emulator.FrontDoor;

/// <summary>
/// API keys, usage plans and throttling. Counters are not kept over a restart: API Gateway applies them "on a best-effort basis"
/// and says not to rely on them (developer guide, "Usage plans and API keys for REST APIs").
/// </summary>
internal sealed class TrafficLimits(ICloudView cloud, EmulatorClock clock)
{
    private readonly ConcurrentDictionary<string, RateLimit> _buckets = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _used = new(StringComparer.Ordinal);

    /// <summary>The key's own value, or the one that API Gateway generated.</summary>
    public static string ValueOf(CloudThing key) =>
        key.Properties.Text("Value") is { Length: > 0 } given ? given : Seeded.Hex($"{key.PhysicalId}/api-key", 40);

    /// <summary>Limits of the stage and of the method in it.</summary>
    public void CheckStage(ApiRequest request, JsonObject stage, Route route)
    {
        var settings = stage.Items("MethodSettings").OrderByDescending(Rank).FirstOrDefault(item => Concerns(item, request.Method, route.ResourcePath));
        if (Number(settings, "ThrottlingRateLimit") is { } rate && Number(settings, "ThrottlingBurstLimit") is { } burst)
            Take($"{request.Api}/{request.Stage}/{settings.Text("HttpMethod")} {settings.Text("ResourcePath")}", rate, burst);
    }

    /// <summary>The caller's key, its usage plan for this stage, and what is left of both.</summary>
    public void CheckKey(ApiRequest request, Route route)
    {
        var given = request.Header("x-api-key");
        var key = string.IsNullOrEmpty(given) ? null : cloud.OfType("AWS::ApiGateway::ApiKey").FirstOrDefault(item => item.IsActive && ValueOf(item) == given);
        // CloudFormation makes a key that is off where Enabled is left out.
        if (key is null || key.Properties["Enabled"].ToText() != "true")
            throw GatewayException.InvalidKey();

        var plans = cloud.OfType("AWS::ApiGateway::UsagePlanKey").Where(item => item.Properties.Text("KeyId") == key.PhysicalId).Select(item => item.Properties.Text("UsagePlanId"));
        var plan = plans.Select(id => cloud.Find("AWS::ApiGateway::UsagePlan", id)).FirstOrDefault(item => item is not null && StageOf(item, request) is not null)
            ?? throw GatewayException.InvalidKey();

        var own = StageOf(plan, request).Object("Throttle", $"{route.ResourcePath}/{request.Method}");
        var limits = own ?? plan.Properties.Object("Throttle");
        var bucket = $"{plan.PhysicalId}/{key.PhysicalId}" + (own is null ? "" : $"/{request.Stage}{route.ResourcePath}/{request.Method}");
        if (Number(limits, "RateLimit") is { } rate && Number(limits, "BurstLimit") is { } burst)
            Take(bucket, rate, burst);
        if (Number(plan.Properties.Object("Quota"), "Limit") is { } quota
            && _used.AddOrUpdate($"{plan.PhysicalId}/{key.PhysicalId}/{Period(plan.Properties.Text("Quota", "Period"))}", 1, (_, used) => used + 1) > quota)
        {
            throw GatewayException.QuotaExceeded();
        }
    }

    private void Take(string bucket, double rate, double burst)
    {
        if (!_buckets.GetOrAdd(bucket, _ => new RateLimit(clock.Time)).TryTake(rate, burst))
            throw GatewayException.Throttled();
    }

    private static JsonObject? StageOf(CloudThing plan, ApiRequest request) =>
        plan.Properties.Items("ApiStages").FirstOrDefault(item => item.Text("ApiId") == request.Api && item.Text("Stage") == request.Stage);

    // "/*" stands for all; a path has its slashes written ~1 (CloudFormation, AWS::ApiGateway::Stage MethodSetting).
    private static bool Concerns(JsonObject setting, string method, string path)
    {
        var settingPath = setting.Text("ResourcePath") ?? "";
        var isMethod = setting.Text("HttpMethod") is "*" or null || setting.Text("HttpMethod") == method;
        return isMethod && (settingPath is "/*" or "" || "/" + settingPath.Replace("~1", "/", StringComparison.Ordinal).TrimStart('/') == path);
    }

    private static int Rank(JsonObject setting) => (setting.Text("ResourcePath") is "/*" ? 0 : 2) + (setting.Text("HttpMethod") == "*" ? 0 : 1);

    private string Period(string? period)
    {
        var now = clock.Now.UtcDateTime;
        return period switch
        {
            "DAY" => now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            "WEEK" => $"{ISOWeek.GetYear(now)}-W{ISOWeek.GetWeekOfYear(now)}",
            _ => now.ToString("yyyy-MM", CultureInfo.InvariantCulture),
        };
    }

    private static double? Number(JsonObject? from, string name) =>
        from?[name] is { } value && double.TryParse(value.ToText(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
}
