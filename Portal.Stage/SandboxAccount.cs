using Portal.Core.Catalog;
using Portal.Worker;
using Portal.Worker.Aws;

namespace Portal.Stage;

/// <summary>Makes an emulator's account ready as one on AWS is: by target.yaml.</summary>
public static class SandboxAccount
{
    public const string StackName = "portal-target";

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <returns>The stack's outputs; empty where it does not come about, and then the target does without.</returns>
    public static async Task<IReadOnlyDictionary<string, string>> PrepareAsync(AwsTarget target, string accessKeyId, string secretAccessKey, string? templates, CancellationToken cancellationToken)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Worker:Aws:AccessKeyId"] = accessKeyId,
            ["Worker:Aws:SecretAccessKey"] = secretAccessKey,
        }).Build();
        await using var services = new ServiceCollection().AddLogging().AddGateways(configuration).BuildServiceProvider();
        var template = await File.ReadAllTextAsync(Path.Combine(TemplateSet.Locate(templates), "cloudformation", "target.yaml"), cancellationToken);
        return await PrepareAsync(services.GetRequiredService<ICloudFormation>(), target, template, TimeProvider.System, cancellationToken);
    }

    public static async Task<IReadOnlyDictionary<string, string>> PrepareAsync(ICloudFormation stacks, AwsTarget target, string template, TimeProvider clock, CancellationToken cancellationToken)
    {
        var request = new StackRequest(
            StackName, template,
            new Dictionary<string, string>(StringComparer.Ordinal) { ["WorkerPrincipalArn"] = $"arn:aws:iam::{target.AccountId}:user/portal", ["ExternalId"] = "portal-sandbox" },
            new Dictionary<string, string>(StringComparer.Ordinal), Guid.NewGuid().ToString("N"))
        { Capabilities = ["CAPABILITY_IAM"] };
        var began = clock.GetTimestamp();
        var asked = false;
        while (clock.GetElapsedTime(began) < Patience)
        {
            var stack = await stacks.FindAsync(target, StackName, cancellationToken);
            if (!asked && stack is not { IsSettled: false })
            {
                asked = true;
                if (stack is null)
                    await stacks.CreateAsync(target, request, cancellationToken);
                else if (!stack.CanBeUpdated)
                    break;
                else if (await stacks.UpdateAsync(target, request, cancellationToken) == StackUpdate.NothingToDo)
                    return stack.Outputs;
            }
            else if (stack is { IsSettled: true })
            {
                return stack.IsUsable ? stack.Outputs : new Dictionary<string, string>(StringComparer.Ordinal);
            }

            await Task.Delay(LookEvery, clock, cancellationToken);
        }

        return new Dictionary<string, string>(StringComparer.Ordinal);
    }
}
