using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Portal.Benchmarks;
using Portal.Emulator;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Faults;

/// <summary>
/// kill -9 of the emulator again and again while stacks are created, updated and deleted and objects written: nothing it acknowledged
/// is lost, everything goes on to its end, nothing is made twice.
/// </summary>
public sealed class EmulatorKilledTests
{
    private const int Writers = 4;
    private const int StacksEach = 8;
    private const int ObjectsEach = 20;
    private const int Kills = 8;

    private const string Stack = """
        Parameters: { Text: { Type: String, Default: first } }
        Resources:
          Log: { Type: AWS::Logs::LogGroup }
          Note: { Type: AWS::SSM::Parameter, DependsOn: Log, Properties: { Type: String, Value: !Ref Text } }
        Outputs: { Text: { Value: !GetAtt Note.Value } }
        """;

    private const string Cluster = """
        Resources:
          Cluster: { Type: AWS::EKS::Cluster, Properties: { Name: killed, RoleArn: r, ResourcesVpcConfig: { SubnetIds: [subnet-1] }, AccessConfig: { AuthenticationMode: API } } }
          Admin:
            Type: AWS::EKS::AccessEntry
            Properties: { ClusterName: !Ref Cluster, PrincipalArn: arn:aws:iam::000000000000:user/portal, AccessPolicies: [{ PolicyArn: arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy, AccessScope: { Type: cluster } }] }
        Outputs: { Endpoint: { Value: !GetAtt Cluster.Endpoint }, Authority: { Value: !GetAtt Cluster.CertificateAuthorityData } }
        """;

    [Fact]
    public async Task Emulator_KilledAtManyMoments_LosesNothingAndMakesNothingTwice()
    {
        await using var life = await EmulatorLife.StartAsync();
        using var account = new Account(life.Url);
        await account.CreateAsync("cluster", Cluster, []);
        var outputs = await account.OutputsAsync("cluster");
        using var cluster = account.Cluster("killed", outputs["Endpoint"], outputs["Authority"]);

        using var done = new CancellationTokenSource();
        var killing = life.KillAgainAndAgainAsync(Kills, done.Token);
        await Task.WhenAll(Enumerable.Range(1, Writers).SelectMany(writer => new[] { WriteStacksAsync(life, account, writer), WriteObjectsAsync(life, cluster, writer) }));
        await done.CancelAsync();
        (await killing).ShouldBe(Kills, "the writers were done before all kills");

        for (var writer = 1; writer <= Writers; writer++)
        {
            for (var number = 1; number <= StacksEach; number++)
                (await account.EndStatusAsync($"w{writer}-{number}")).ShouldBe(number % 2 == 0 ? "UPDATE_COMPLETE" : number % 3 == 0 ? null : "CREATE_COMPLETE", $"w{writer}-{number}");
            for (var number = 1; number <= ObjectsEach; number++)
                (await cluster.GetFromJsonAsync<JsonObject>($"api/v1/namespaces/default/configmaps/w{writer}-{number}"))!["data"]!["number"]!.GetValue<string>().ShouldBe($"{number}");
        }

        using var http = new HttpClient { BaseAddress = life.Url };
        (await http.GetStringAsync("_emulator/ledger/duplicates")).ShouldBe("[]");
    }

    /// <summary>Every second stack is updated, every third one deleted.</summary>
    private static async Task WriteStacksAsync(EmulatorLife life, Account account, int writer)
    {
        for (var number = 1; number <= StacksEach; number++)
        {
            var name = $"w{writer}-{number}";
            await life.AcknowledgedAsync(() => account.SendAsync("cloudformation", ("Action", "CreateStack"), ("StackName", name), ("TemplateBody", Stack), ("ClientRequestToken", $"{name}-create")));
            if (number % 2 == 0)
            {
                await life.AcknowledgedAsync(() => account.OutputsAsync(name));
                await life.AcknowledgedAsync(() => account.SendAsync("cloudformation", ("Action", "UpdateStack"), ("StackName", name), ("UsePreviousTemplate", "true"), ("ClientRequestToken", $"{name}-update"),
                    ("Parameters.member.1.ParameterKey", "Text"), ("Parameters.member.1.ParameterValue", "second")));
            }
            else if (number % 3 == 0)
            {
                await life.AcknowledgedAsync(() => account.SendAsync("cloudformation", ("Action", "DeleteStack"), ("StackName", name)));
            }
        }
    }

    private static async Task WriteObjectsAsync(EmulatorLife life, HttpClient cluster, int writer)
    {
        for (var number = 1; number <= ObjectsEach; number++)
        {
            await life.AcknowledgedAsync(async () =>
            {
                using var answer = await cluster.PostAsJsonAsync("api/v1/namespaces/default/configmaps", new
                {
                    apiVersion = "v1",
                    kind = "ConfigMap",
                    metadata = new { name = $"w{writer}-{number}" },
                    data = new { number = $"{number}" },
                });
                // Made by a request whose answer the kill took with it.
                if (answer.StatusCode != HttpStatusCode.Conflict)
                    answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
            });
        }
    }

    /// <summary>One emulator's data, and the processes that live on it one after the other.</summary>
    private sealed class EmulatorLife : IAsyncDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("emulator-killed-");
        private readonly string _kubernetes = $"https://127.0.0.1:{ProgramUnderTest.FreePort()}";
        private readonly SemaphoreSlim _acknowledged = new(0);
        private ProgramUnderTest _process = null!;
        private TaskCompletionSource _alive = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Uri Url { get; } = new($"http://127.0.0.1:{ProgramUnderTest.FreePort()}");

        public static async Task<EmulatorLife> StartAsync()
        {
            var life = new EmulatorLife();
            await life.LiveAsync();
            return life;
        }

        /// <summary>Repeats the request until it is answered, as a client does whose connection breaks.</summary>
        public async Task AcknowledgedAsync(Func<Task> request)
        {
            while (true)
            {
                await _alive.Task;
                try
                {
                    await request();
                    _acknowledged.Release();
                    return;
                }
                catch (Exception error) when (error is HttpRequestException or IOException)
                {
                    // Killed meanwhile: the next life answers.
                }
            }
        }

        /// <returns>How often it was killed before it was told to stop.</returns>
        public async Task<int> KillAgainAndAgainAsync(int most, CancellationToken stop)
        {
            for (var kill = 0; kill < most; kill++)
            {
                // Between 5 and 18 answers: no two kills meet the burst at the same place.
                for (var answers = 5 + kill * 7 % 14; answers > 0; answers--)
                {
                    if (!await AcknowledgedOrStoppedAsync(stop))
                        return kill;
                }

                await DieAndLiveAsync();
            }

            return most;
        }

        private async Task DieAndLiveAsync()
        {
            _alive = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            try
            {
                await _process.KillAsync();
                await _process.DisposeAsync();
                await LiveAsync();
            }
            catch (Exception error)
            {
                // Whoever waits for the next life has to know that there is none.
                _alive.TrySetException(error);
                throw;
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _process.DisposeAsync();
            _acknowledged.Dispose();
            _folder.Delete(recursive: true);
        }

        private async Task<bool> AcknowledgedOrStoppedAsync(CancellationToken stop)
        {
            try
            {
                await _acknowledged.WaitAsync(stop);
                return true;
            }
            catch (OperationCanceledException)
            {
                // The writers are done.
                return false;
            }
        }

        private async Task LiveAsync()
        {
            for (var tries = 1; ; tries++)
            {
                _process = Start();
                try
                {
                    await _process.WaitForLineAsync("Application started");
                    _alive.TrySetResult();
                    return;
                }
                catch (InvalidOperationException error) when (tries < 20 && error.Message.Contains("address already in use", StringComparison.Ordinal))
                {
                    // Between two lives any connection of this machine may get the port for a moment.
                    await _process.DisposeAsync();
                    await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System);
                }
            }
        }

        private ProgramUnderTest Start() =>
            ProgramUnderTest.Start(typeof(EmulatorApp), new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Emulator__DataFolder"] = _folder.FullName,
                ["Emulator__KubernetesUrl"] = _kubernetes,
                ["Emulator__ClockScale"] = "1000",
                ["Emulator__ReadsPerSecond"] = "100000",
                ["Emulator__WritesPerSecond"] = "100000",
            }, "--urls", Url.ToString());
    }
}
