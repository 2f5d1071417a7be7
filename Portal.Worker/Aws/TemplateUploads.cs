using System.Net;
using System.Security.Cryptography;
using System.Text;
using Amazon;
using Amazon.S3;
using Amazon.S3.Model;
using Portal.Core.Provisioning;
using Portal.Worker.Aws.Sdk;

namespace Portal.Worker.Aws;

/// <summary>Templates that are too large for a call, in the target's bucket. The key is the digest: what is there is right.</summary>
internal sealed class TemplateUploads(AwsClients clients)
{
    /// <summary>Of a template in a call; CloudFormation user guide, "CloudFormation quotas".</summary>
    public const int MostInlineBytes = 51_200;

    /// <returns>The address to give to CloudFormation; null where the template goes into the call.</returns>
    /// <exception cref="StepFailedException">It has to go through a bucket, and the target has none, or the bucket does not take it.</exception>
    public async Task<string?> AddressOfAsync(AwsTarget target, string stack, string body, CancellationToken cancellationToken)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        if (bytes.Length <= MostInlineBytes)
            return null;
        if (target.TemplateBucket is not { } bucket)
        {
            throw new StepFailedException("template_too_large",
                $"The template of stack {stack} has {bytes.Length:N0} bytes. CloudFormation takes {MostInlineBytes:N0} in a call, and {target.Name} has no bucket for larger ones: deploy Templates/cloudformation/target.yaml there, name its bucket in the target's TemplateBucket, and try again.");
        }

        var key = $"templates/{Convert.ToHexStringLower(SHA256.HashData(bytes))}.yaml";
        if (!await IsThereAsync(target, bucket, key, cancellationToken))
        {
            await CallAsync(target, "PutObject", s3 => s3.PutObjectAsync(
                new PutObjectRequest { BucketName = bucket, Key = key, ContentBody = body, ContentType = "application/yaml" }, cancellationToken), cancellationToken);
        }

        return target.EndpointUrl is { } endpoint
            ? $"{endpoint.TrimEnd('/')}/{bucket}/{key}"
            : $"https://{bucket}.s3.{target.Region}.{RegionEndpoint.GetBySystemName(target.Region).PartitionDnsSuffix}/{key}";
    }

    private async Task<bool> IsThereAsync(AwsTarget target, string bucket, string key, CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync(target, "HeadObject", s3 => s3.GetObjectMetadataAsync(bucket, key, cancellationToken), cancellationToken);
            return true;
        }
        catch (StepFailedException error) when (error.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.NotFound })
        {
            return false;
        }
    }

    private Task<T> CallAsync<T>(AwsTarget target, string action, Func<AmazonS3Client, Task<T>> call, CancellationToken cancellationToken) =>
        AwsErrors.ClassifyAsync(() => call(clients.Buckets(target)), AwsService.S3, action, target, cancellationToken);
}
