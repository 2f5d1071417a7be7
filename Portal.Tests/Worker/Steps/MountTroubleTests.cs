using Portal.Worker.Kubernetes;
using Portal.Worker.Steps.Releases;

namespace Portal.Tests.Worker.Steps;

public sealed class MountTroubleTests
{
    private const string Driver = "MountVolume.SetUp failed for volume \"secrets\" : rpc error: code = Unknown desc = failed to mount secrets store objects for pod shop/web-1, err: rpc error: code = Unknown desc = ";

    [Theory]
    [InlineData(Driver + "us-east-1: Failed fetching secret shop/payment: operation error Secrets Manager: GetSecretValue, https response error StatusCode: 400, RequestID: 1, ResourceNotFoundException: Secrets Manager can't find the specified secret.",
        "pods_secret_missing", "There is no secret 'shop/payment', which web reads. Create it in Secrets Manager, in us-east-1, then try again.")]
    [InlineData(Driver + "us-east-1: Failed fetching secret arn:aws:secretsmanager:us-east-1:1:secret:a-b: operation error Secrets Manager: GetSecretValue, https response error StatusCode: 400, RequestID: 1, api error AccessDeniedException: User: arn:aws:sts::1:assumed-role/x/y is not authorized to perform: secretsmanager:GetSecretValue on resource: a because no identity-based policy allows the secretsmanager:GetSecretValue action",
        "pods_secret_denied", "The pods of web may not read 'arn:aws:secretsmanager:us-east-1:1:secret:a-b'")]
    [InlineData(Driver + "us-east-1: Failed fetching secret a: operation error Secrets Manager: GetSecretValue, https response error StatusCode: 400, RequestID: 1, api error AccessDeniedException: Access to KMS is not allowed",
        "pods_secret_denied", "The secret 'a', which web reads, is encrypted by a KMS key that its pods may not use")]
    [InlineData(Driver + "400: us-east-1: invalid parameters: /shop/flag", "pods_secret_missing", "There is no parameter /shop/flag, which web reads.")]
    [InlineData(Driver + "JMES Path - \"apiKey\" for object alias - secret-0-0 does not point to a valid object.", "pods_secret_key", "A secret that web reads has no key 'apiKey'.")]
    [InlineData(Driver + "Invalid JSON used with jmesPath in secret: shop/payment.", "pods_secret_key", "The secret 'shop/payment', which web reads a key of, holds no JSON.")]
    [InlineData(Driver + "Invalid JMES search result type for path:\"port\". Only string is allowed.", "pods_secret_key", "The key 'port' of a secret that web reads is no text.")]
    [InlineData("MountVolume.SetUp failed for volume \"secrets\" : kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name secrets-store.csi.k8s.io not found in the list of registered CSI drivers", "pods_secrets_driver", "The node has no driver")]
    [InlineData(Driver + "error connecting to provider \"aws\": provider not found: provider \"aws\"", "pods_secrets_driver", "The node has no driver")]
    [InlineData("MountVolume.SetUp failed for volume \"files\" : configmap \"web-files\" not found", "pods_volume", "A volume of web cannot be mounted")]
    public void Explain_WhatTheKubeletSays_IsASentenceWithARemedy(string message, string code, string sentence)
    {
        var explained = MountTrouble.Explain(message, "web", null);

        explained.Code.ShouldBe(code);
        explained.Sentence.ShouldContain(sentence);
    }

    [Theory]
    [InlineData("FailedMount", true)]
    [InlineData("FailedMount,Pulling", false)]
    [InlineData("FailedMount,BackOff", true)]
    [InlineData("", false)]
    public void Of_Events_IsTheMountThatFailedLast(string reasons, bool isTrouble) =>
        (MountTrouble.Of(reasons.Split(',').Select(reason => new PodEvent(default, true, reason, "", 1))) is not null).ShouldBe(isTrouble);
}
