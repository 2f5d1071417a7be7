using System.Net;
using Microsoft.Extensions.Options;
using Portal.Core.Environments;

namespace Portal.Infrastructure.Hosting;

/// <summary>Section <c>Portal</c>, as far as the web host reads it.</summary>
public sealed class PortalOptions
{
    public List<TargetOptions> Targets { get; init; } = [];

    /// <summary>Addresses or blocks of the proxies in front, whose X-Forwarded headers are believed.</summary>
    public List<string> Proxies { get; init; } = [];
}

/// <summary>Where environments may be created.</summary>
public sealed class TargetOptions
{
    public string Name { get; init; } = "";
    public string AccountId { get; init; } = "";
    public string Region { get; init; } = "";

    /// <summary>Role the worker assumes; empty for its own credentials.</summary>
    public string? RoleArn { get; init; }

    /// <summary>What the role's trust asks for; empty where it asks for nothing.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Empty for AWS's own endpoints.</summary>
    public string? EndpointUrl { get; init; }

    /// <summary>Where a browser reaches the target's APIs, with <c>{api}</c> for an API's id; empty for the host names that AWS gives them.</summary>
    public string? FrontDoorUrl { get; init; }

    /// <summary>Who may reach the clusters' public endpoints, comma-separated.</summary>
    public string ApiAccessCidrs { get; init; } = "0.0.0.0/0";

    /// <summary>Name of the bucket for templates above 51,200 bytes; empty: there can be none.</summary>
    public string? TemplateBucket { get; init; }

    /// <summary>Name of the queue that CloudFormation's events come to; empty: stacks are polled only.</summary>
    public string? EventQueue { get; init; }

    /// <summary>How many times faster than AWS the target is.</summary>
    public double Pace { get; init; } = 1;

    /// <summary>How many calls that only read CloudFormation a worker makes in a second; the catalogue's figure where there is none.</summary>
    public double? ReadsPerSecond { get; init; }
}

/// <summary>Every fault in one message, before anything starts.</summary>
internal sealed class PortalOptionsValidator : IValidateOptions<PortalOptions>
{
    public ValidateOptionsResult Validate(string? name, PortalOptions options)
    {
        var faults = options.Targets.SelectMany((target, index) => Faults(target).Select(fault => $"Portal:Targets:{index}:{fault}")).ToList();
        faults.AddRange(options.Targets.GroupBy(target => target.Name).Where(group => group.Key.Length > 0 && group.Count() > 1)
            .Select(group => $"Portal:Targets has the name '{group.Key}' {group.Count()} times; names are unique."));
        faults.AddRange(options.Proxies.Where(proxy => Proxies.Network(proxy) is null)
            .Select(proxy => $"Portal:Proxies has '{proxy}'; give addresses or blocks such as 10.0.0.0/8."));
        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }

    private static IEnumerable<string> Faults(TargetOptions target)
    {
        if (target.Name.Length is 0 or > 40)
            yield return $"Name is '{target.Name}'; give one of 1 to 40 characters.";
        if (target.AccountId.Length != 12 || !target.AccountId.All(char.IsAsciiDigit))
            yield return $"AccountId is '{target.AccountId}'; an AWS account has 12 digits.";
        if (target.Region.Length == 0)
            yield return "Region is empty; give one, for example us-east-1.";
        if (!string.IsNullOrEmpty(target.RoleArn) && !target.RoleArn.StartsWith("arn:", StringComparison.Ordinal))
            yield return $"RoleArn is '{target.RoleArn}'; an ARN begins with 'arn:'.";
        if (!string.IsNullOrEmpty(target.ExternalId) && string.IsNullOrEmpty(target.RoleArn))
            yield return "ExternalId goes with a RoleArn, and there is none.";
        if (target.TemplateBucket?.Contains('/', StringComparison.Ordinal) == true)
            yield return $"TemplateBucket is '{target.TemplateBucket}'; give the bucket's name, not an address.";
        if (target.EventQueue?.Contains('/', StringComparison.Ordinal) == true || target.EventQueue?.Contains(':', StringComparison.Ordinal) == true)
            yield return $"EventQueue is '{target.EventQueue}'; give the queue's name, not its address or ARN.";
        if (!string.IsNullOrEmpty(target.EndpointUrl) && !IsWebAddress(target.EndpointUrl))
            yield return $"EndpointUrl is '{target.EndpointUrl}'; give an absolute http or https address, or leave it out for AWS.";
        if (!string.IsNullOrEmpty(target.FrontDoorUrl) && !(target.FrontDoorUrl.Contains(FrontDoor.Api, StringComparison.Ordinal) && IsWebAddress(target.FrontDoorUrl)))
            yield return $"FrontDoorUrl is '{target.FrontDoorUrl}'; give an absolute http or https address with {FrontDoor.Api} in it, or leave it out for AWS.";
        var blocks = target.ApiAccessCidrs.Split(',', StringSplitOptions.TrimEntries);
        if (Array.Find(blocks, block => !IPNetwork.TryParse(block, out _)) is { } wrong)
            yield return $"ApiAccessCidrs has '{wrong}'; give IPv4 blocks such as 203.0.113.0/24, separated by commas.";
        if (target.Pace is not (> 0 and < 100_000))
            yield return $"Pace is {target.Pace}; give a number above 0 (1 is AWS).";
        if (target.ReadsPerSecond is not (null or (> 0 and < 100_000)))
            yield return $"ReadsPerSecond is {target.ReadsPerSecond}; give a number above 0, or leave it out.";
    }

    private static bool IsWebAddress(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https";
}
