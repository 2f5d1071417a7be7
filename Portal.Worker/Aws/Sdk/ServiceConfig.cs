using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace Portal.Worker.Aws.Sdk;

/// <summary>Configuration of a client for one service of one target: standard retries, 30 s a try.</summary>
internal sealed class ServiceConfig : ClientConfig
{
    private readonly AwsService _service;

    public ServiceConfig(AwsService service, AwsTarget target) : base(new StandardDefaults())
    {
        _service = service;
        ServiceId = service.Title;
        AuthenticationServiceName = service.Endpoint;
        Configure(this, target);
    }

    public override string RegionEndpointServiceName => _service.Endpoint;

    public override string ServiceVersion => _service.Version;

    public override string UserAgent => "portal-worker";

    /// <summary>What any client for the target has in common, the SDK's own included.</summary>
    public static T Configure<T>(T config, AwsTarget target) where T : ClientConfig
    {
        if (target.EndpointUrl is null)
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(target.Region);
        else
            config.ServiceURL = target.EndpointUrl;
        config.AuthenticationRegion = target.Region;
        config.RetryMode = RequestRetryMode.Standard;
        config.Timeout = TimeSpan.FromSeconds(30);
        return config;
    }

    public static Uri EndpointOf(AwsService service, AwsTarget target)
    {
        if (target.EndpointUrl is not null)
            return new Uri(target.EndpointUrl);
        var region = RegionEndpoint.GetBySystemName(target.Region);
        return new Uri($"https://{service.Endpoint}.{region.SystemName}.{region.PartitionDnsSuffix}");
    }

    public override Amazon.Runtime.Endpoints.Endpoint DetermineServiceOperationEndpoint(Amazon.Runtime.Endpoints.ServiceOperationEndpointParameters parameters) =>
        new(ServiceURL ?? $"https://{_service.Endpoint}.{RegionEndpoint.SystemName}.{RegionEndpoint.PartitionDnsSuffix}");

    /// <summary>The "standard" column of https://docs.aws.amazon.com/sdkref/latest/guide/feature-smart-config-defaults.html.</summary>
    private sealed class StandardDefaults : IDefaultConfigurationProvider
    {
        private static readonly DefaultConfiguration Standard = new()
        {
            Name = DefaultConfigurationMode.Standard,
            RetryMode = RequestRetryMode.Standard,
            S3UsEast1RegionalEndpoint = S3UsEast1RegionalEndpointValue.Regional,
            ConnectTimeout = TimeSpan.FromMilliseconds(3100),
            TlsNegotiationTimeout = TimeSpan.FromMilliseconds(3100),
        };

        public IDefaultConfiguration GetDefaultConfiguration(RegionEndpoint clientRegion, DefaultConfigurationMode? requestedConfigurationMode = null) => Standard;
    }
}
