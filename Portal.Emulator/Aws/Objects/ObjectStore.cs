using System.Security.Cryptography;
using System.Text.Json;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws.Objects;

internal sealed record StoredObject(string Bucket, string Key, byte[] Content, string ContentType, DateTimeOffset At)
{
    public string ETag => $"\"{Convert.ToHexStringLower(MD5.HashData(Content))}\"";
}

/// <summary>What lies in the buckets that stacks made.</summary>
internal sealed class ObjectStore
{
    public const string BucketType = "AWS::S3::Bucket";

    private const string Collection = "s3-objects";

    private readonly Lock _gate = new();
    private readonly Inventory _inventory;
    private readonly IDocumentStore _documents;
    private readonly Dictionary<(string Bucket, string Key), StoredObject> _objects;

    public ObjectStore(Inventory inventory, IDocumentStore documents)
    {
        (_inventory, _documents) = (inventory, documents);
        _objects = documents.All(Collection).Select(pair => JsonSerializer.Deserialize<StoredObject>(pair.Value)!).ToDictionary(one => (one.Bucket, one.Key));
    }

    /// <exception cref="AwsException">There is no such bucket.</exception>
    public void Put(StoredObject one)
    {
        CheckBucket(one.Bucket);
        lock (_gate)
        {
            _documents.Put(Collection, $"{one.Bucket}/{one.Key}", JsonSerializer.Serialize(one));
            _objects[(one.Bucket, one.Key)] = one;
        }
    }

    /// <exception cref="AwsException">There is no such bucket or key.</exception>
    public StoredObject Get(string bucket, string key)
    {
        CheckBucket(bucket);
        lock (_gate)
            return _objects.GetValueOrDefault((bucket, key)) ?? throw new AwsException("NoSuchKey", "The specified key does not exist.", 404);
    }

    public bool Holds(string bucket, string? key = null)
    {
        lock (_gate)
            return key is null ? _objects.Keys.Any(one => one.Bucket == bucket) : _objects.ContainsKey((bucket, key));
    }

    /// <summary>What is not there is deleted.</summary>
    public void Delete(string bucket, string key)
    {
        CheckBucket(bucket);
        lock (_gate)
        {
            _documents.Delete(Collection, $"{bucket}/{key}");
            _objects.Remove((bucket, key));
        }
    }

    public void CheckBucket(string bucket)
    {
        if (_inventory.Find(BucketType, bucket) is not { State: ResourceState.Active or ResourceState.Updating })
            throw new AwsException("NoSuchBucket", "The specified bucket does not exist", 404);
    }
}
