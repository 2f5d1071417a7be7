using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Xml.Linq;
using Amazon.Runtime;
using Amazon.Runtime.Credentials.Internal;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;
using Portal.Core.Provisioning;

namespace Portal.Worker.Aws.Sdk;

/// <summary>
/// A client for any AWS service: signing, credentials, retries, clock skew and HTTP are the SDK's, marshalling is ours.
/// It stands in for AWSSDK.CloudFormation, AWSSDK.ElasticLoadBalancingV2 and AWSSDK.EKS.
/// </summary>
/// <param name="reads">How many reads the target is given; null for as many as there are.</param>
internal sealed class ServiceClient(AWSCredentials credentials, AwsService service, AwsTarget target, ReadBudget? reads = null)
    : AmazonServiceClient(credentials, new ServiceConfig(service, target))
{
    /// <summary>Query protocol: the children of the answer's <c>…Result</c> element.</summary>
    /// <exception cref="StepFailedException">Whatever went wrong, classified.</exception>
    public async Task<XElement> QueryAsync(QueryRequest request, CancellationToken cancellationToken)
    {
        var answer = await CallAsync<QueryAnswer>(
            request,
            new InvokeOptions { RequestMarshaller = new QueryMarshaller(service), ResponseUnmarshaller = QueryUnmarshaller.Instance },
            request.Action,
            cancellationToken);
        return answer.Result;
    }

    /// <summary>Page after page, each asked for with what the one before gave.</summary>
    /// <param name="request">Makes the request anew for every page.</param>
    /// <param name="parameter">Name of the paging parameter.</param>
    /// <param name="member">Where the answer has its next value.</param>
    public async IAsyncEnumerable<XElement> PagesAsync(
        Func<QueryRequest> request, string parameter, string member, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? next = null;
        do
        {
            var page = await QueryAsync(request().With(parameter, next), cancellationToken);
            yield return page;
            next = page.Text(member);
        }
        while (next is not null);
    }

    /// <summary>REST-JSON protocol, reading only.</summary>
    /// <exception cref="StepFailedException">Whatever went wrong, classified.</exception>
    public async Task<JsonElement> GetAsync(RestRequest request, CancellationToken cancellationToken)
    {
        var answer = await CallAsync<RestAnswer>(
            request,
            new InvokeOptions { RequestMarshaller = new RestMarshaller(service), ResponseUnmarshaller = RestUnmarshaller.Instance },
            request.Action,
            cancellationToken);
        return answer.Body;
    }

    /// <summary>JSON 1.1 protocol.</summary>
    /// <exception cref="StepFailedException">Whatever went wrong, classified.</exception>
    public async Task<JsonElement> PostAsync(JsonRequest request, CancellationToken cancellationToken)
    {
        var answer = await CallAsync<RestAnswer>(
            request,
            new InvokeOptions { RequestMarshaller = new JsonMarshaller(service), ResponseUnmarshaller = RestUnmarshaller.Instance },
            request.Action,
            cancellationToken);
        return answer.Body;
    }

    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        pipeline.AddHandlerAfter<Marshaller>(new SigV4Only());
        // Inside the retries: each is a call of its own.
        if (reads is not null)
            pipeline.AddHandlerAfter<RetryHandler>(new TakesTurns(reads));
    }

    private async Task<T> CallAsync<T>(AmazonWebServiceRequest request, InvokeOptions options, string action, CancellationToken cancellationToken)
        where T : AmazonWebServiceResponse, new()
    {
        try
        {
            return await InvokeAsync<T>(request, options, cancellationToken);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            throw AwsErrors.Classify(error, service, action, target);
        }
    }

    private sealed class TakesTurns(ReadBudget reads) : PipelineHandler
    {
        public override async Task<T> InvokeAsync<T>(IExecutionContext executionContext)
        {
            if (executionContext.RequestContext.OriginalRequest is QueryRequest { IsRead: true } request)
                await reads.TakeAsync(request.IsPatient, executionContext.RequestContext.CancellationToken);
            return await base.InvokeAsync<T>(executionContext);
        }
    }

    /// <summary>Without a resolved scheme the SDK's signer fails on a null.</summary>
    private sealed class SigV4Only : BaseAuthResolverHandler
    {
        protected override List<IAuthSchemeOption> ResolveAuthOptions(IExecutionContext executionContext) =>
            [new AuthSchemeOption { SchemeId = "aws.auth#sigv4" }];
    }
}
