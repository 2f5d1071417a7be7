using System.Runtime.CompilerServices;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Tests.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;
using Portal.Worker.Observe;
using Portal.Worker.Steps;
using Portal.Worker.Steps.Stacks;

namespace Portal.Tests.Worker.Steps;

/// <summary>What the step does with what it finds, on ports that say what they are told to.</summary>
public sealed class StackStepTests
{
    private static readonly Plan Shop = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;
    private static readonly PlannedStep Step = Shop.Step(StepNames.Iam);
    private static readonly AwsTarget Target = new(Samples.Target.Name, Samples.Target.AccountId, Samples.Target.Region, "arn:role", null);

    private readonly Guid _environment = Guid.NewGuid();
    private readonly Sights _sights = new();
    private readonly Account _account = new();
    private readonly PlanFiles _files = new();

    [Fact]
    public async Task Ensure_UpdateOfARunnerBeforeIsUnderWay_WaitsForItsEnd()
    {
        _account.Found.Enqueue(Stack("UPDATE_IN_PROGRESS"));
        _account.Events.Add(AskedBy(Context(1).Token));
        _sights.Seen = Seen("CREATE_COMPLETE", "before");

        var ensured = EnsureAsync();

        ensured.IsCompleted.ShouldBeFalse();
        _sights.Show(Seen("UPDATE_COMPLETE", "after"));
        (await ensured)["Of"].ShouldBe("after");
        _account.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Ensure_UpdateOfARunnerBeforeArrivesWhileLooking_WaitsForItsEnd()
    {
        _account.Found.Enqueue(Stack("CREATE_COMPLETE"));
        _account.Found.Enqueue(Stack("UPDATE_IN_PROGRESS"));
        _account.Events.Add(AskedBy(Context(1).Token));
        _sights.Seen = Seen("CREATE_COMPLETE", "before");

        var ensured = EnsureAsync();

        ensured.IsCompleted.ShouldBeFalse();
        _sights.Show(Seen("UPDATE_COMPLETE", "after"));
        (await ensured)["Of"].ShouldBe("after");
        _account.Asked.ShouldBeEmpty();
    }

    /// <summary>
    /// An operation that was cancelled while nobody answered, or an earlier attempt: whatever comes of it was not what is asked for now, and
    /// CloudFormation takes nothing else before its end.
    /// </summary>
    [Theory]
    [InlineData("CREATE_IN_PROGRESS", 1)]
    [InlineData("UPDATE_IN_PROGRESS", 1)]
    [InlineData("UPDATE_IN_PROGRESS", 2)]
    [InlineData("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", 1)]
    [InlineData("UPDATE_ROLLBACK_IN_PROGRESS", 1)]
    public async Task Ensure_SomethingElseIsUnderWay_WaitsForItsEndAndAsksThen(string status, int attempt)
    {
        _account.Found.Enqueue(Stack(status));
        _account.Found.Enqueue(Stack("UPDATE_COMPLETE"));
        _account.Events.Add(AskedBy($"{Guid.Empty:N}-iam-1"));

        var ensured = EnsureAsync(attempt);

        _account.Asked.ShouldBeEmpty();
        _sights.Show(Seen("UPDATE_COMPLETE", "another's"));
        _account.Asked.ShouldBe(["update"]);
        ensured.IsCompleted.ShouldBeFalse();
        _sights.Show(Seen("UPDATE_COMPLETE", "after"));
        (await ensured)["Of"].ShouldBe("after");
    }

    [Fact]
    public async Task Ensure_UpdateOfARunnerBeforeEndsAfterTheLook_TellsWhatIsThereNow()
    {
        _account.Found.Enqueue(Stack("UPDATE_ROLLBACK_COMPLETE") with { Outputs = new Dictionary<string, string>() });
        _account.Found.Enqueue(Stack("UPDATE_COMPLETE"));
        _account.Update = StackUpdate.NothingToDo;

        (await EnsureAsync())["Of"].ShouldBe("found");
    }

    [Fact]
    public async Task Ensure_DeleteOfARunnerBeforeIsUnderWay_WaitsForItsEndAndCreates()
    {
        _account.Found.Enqueue(Stack("DELETE_IN_PROGRESS"));
        _account.Found.Enqueue(null);
        _account.Events.Add(AskedBy($"{Context(2).Token}-delete"));

        var ensured = EnsureAsync(2);

        _account.Asked.ShouldBeEmpty();
        _sights.Show(Seen("DELETE_COMPLETE", "gone"));
        _account.Asked.ShouldBe(["create"]);
        _sights.Show(Seen("CREATE_COMPLETE", "new"));
        (await ensured)["Of"].ShouldBe("new");
    }

    /// <summary>Nobody has decided yet whether what was in it may come back empty.</summary>
    [Fact]
    public async Task Ensure_SomebodyDeletesItByHand_SaysSoAndMakesNothing()
    {
        _account.Found.Enqueue(Stack("DELETE_IN_PROGRESS"));
        _account.Events.Add(AskedBy("Console-DeleteStack-1"));

        var ensured = EnsureAsync();
        _sights.Show(Seen("DELETE_COMPLETE", "gone"));

        (await Should.ThrowAsync<StepFailedException>(ensured)).Failure.Code.ShouldBe("stack_gone");
        _account.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Ensure_OnlyADeleteCouldFollow_IsLeftToALaterAttempt()
    {
        _account.Found.Enqueue(Stack("ROLLBACK_COMPLETE"));

        await Should.ThrowAsync<StepFailedException>(EnsureAsync());

        _account.Asked.ShouldBeEmpty();
    }

    /// <summary>The plan knows it to be new, and nobody can have begun: the call is the look.</summary>
    [Fact]
    public async Task Ensure_NobodyCanHaveBegun_CreatesWithoutALook()
    {
        var ensured = EnsureAsync(isKnown: false);

        _account.Asked.ShouldBe(["create"]);
        _account.Looks.ShouldBe(0);
        _sights.Seen!.Data.ShouldBe(new Dictionary<string, string> { [StackTags.EnvironmentId] = _environment.ToString(), [StackTags.Step] = StepNames.Iam });
        _sights.Show(Seen("CREATE_COMPLETE", "new"));
        (await ensured)["Of"].ShouldBe("new");
        _account.Looks.ShouldBe(0);
    }

    [Fact]
    public async Task Ensure_NewButThereIsOneOfThatName_LooksAtIt()
    {
        _account.Refusal = new StepFailedException("cfn_already_exists", "There is one.");
        _account.Found.Enqueue(Stack("CREATE_COMPLETE") with { Tags = new Dictionary<string, string>() });

        (await Should.ThrowAsync<StepFailedException>(EnsureAsync(isKnown: false))).Failure.Code.ShouldBe("stack_name_taken");

        _account.Looks.ShouldBe(1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Ensure_HalfWayBack_GoesOnWithTheWayBackAndThenUpdates(int attempt)
    {
        _account.Found.Enqueue(Stack("UPDATE_ROLLBACK_FAILED"));
        _account.Found.Enqueue(Stack("UPDATE_ROLLBACK_COMPLETE"));

        var ensured = EnsureAsync(attempt);

        _account.Asked.ShouldBe([$"back {Context(attempt).Token}-back"]);
        _sights.Show(Seen("UPDATE_ROLLBACK_COMPLETE", "before"));
        _account.Asked[^1].ShouldBe("update");
        _sights.Show(Seen("UPDATE_COMPLETE", "after"));
        (await ensured)["Of"].ShouldBe("after");
    }

    /// <summary>CloudFormation refuses what did not fail, or not on the way back, and what was left out before.</summary>
    [Fact]
    public async Task Ensure_HalfWayBackAndSomebodyChose_LeavesOutWhatIsStuckOfThat()
    {
        _account.Found.Enqueue(Stack("UPDATE_ROLLBACK_FAILED"));
        _account.Events.AddRange(
        [
            Said("AWS::CloudFormation::Stack", "iam", "UPDATE_ROLLBACK_FAILED", null),
            Said("AWS::IAM::Role", "Other", "UPDATE_FAILED", "Resource update cancelled"),
            Said("AWS::IAM::Role", "Unchosen", "UPDATE_FAILED", "Not now"),
            Said("AWS::IAM::Role", "Role", "UPDATE_FAILED", "Role is gone"),
            Said("AWS::CloudFormation::Stack", "iam", "UPDATE_ROLLBACK_IN_PROGRESS", null),
            Said("AWS::IAM::Policy", "Policy", "UPDATE_FAILED", "Too long"),
        ]);
        var context = Context(2);
        var deployed = Deployed(Step) with { LeftOut = ["Other", "Policy", "Role"] };

        _ = ExecuteAsync(context with { Work = context.Work with { Deployed = new Dictionary<string, Deployment> { [StepNames.Iam] = deployed } } });

        _account.Asked.ShouldBe([$"back {Context(2).Token}-back without Role"]);

        static StackEvent Said(string type, string id, string status, string? reason) => new(id + status, id, id, type, status, reason, DateTimeOffset.UnixEpoch, "a-token");
    }

    [Fact]
    public async Task Ensure_WayBackFailsAgain_SaysWhatKeepsItFromGoingBack()
    {
        _account.Found.Enqueue(Stack("UPDATE_ROLLBACK_FAILED"));
        _account.Events.Add(new StackEvent("2", "Role", "role", "AWS::IAM::Role", "UPDATE_FAILED", "Role is gone", DateTimeOffset.UnixEpoch, $"{Context(2).Token}-back"));

        var ensured = EnsureAsync(2);
        _sights.Show(Seen("UPDATE_ROLLBACK_FAILED", "half"));

        var failure = (await Should.ThrowAsync<StepFailedException>(ensured)).Failure;
        (failure.Code, failure.RootCause).ShouldBe((Failure.HalfBack, "Role is gone"));
        _account.Asked.Count.ShouldBe(1);
    }

    /// <summary>What this attempt itself has brought about is its result; the next one goes on from there.</summary>
    [Fact]
    public async Task Ensure_HalfWayBackFromThisVeryAttempt_Fails()
    {
        _account.Found.Enqueue(Stack("UPDATE_ROLLBACK_FAILED"));
        _account.Found.Enqueue(Stack("UPDATE_ROLLBACK_FAILED"));
        _account.Events.Add(new StackEvent("1", "iam", "arn:iam", "AWS::CloudFormation::Stack", "UPDATE_ROLLBACK_FAILED", null, DateTimeOffset.UnixEpoch, Context(1).Token));

        (await Should.ThrowAsync<StepFailedException>(EnsureAsync())).Failure.Code.ShouldBe(Failure.HalfBack);

        _account.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Ensure_RunnerBeforeWentOnWithTheWayBack_WaitsForItAndUpdates()
    {
        _account.Found.Enqueue(Stack("UPDATE_ROLLBACK_IN_PROGRESS"));
        _account.Found.Enqueue(Stack("UPDATE_ROLLBACK_COMPLETE"));
        _account.Events.Add(new StackEvent("1", "iam", "arn:iam", "AWS::CloudFormation::Stack", "UPDATE_ROLLBACK_IN_PROGRESS", null, DateTimeOffset.UnixEpoch, $"{Context(2).Token}-back"));

        var ensured = EnsureAsync(2);
        _account.Asked.ShouldBeEmpty();
        _sights.Show(Seen("UPDATE_ROLLBACK_COMPLETE", "before"));

        _account.Asked.ShouldBe(["update"]);
        _sights.Show(Seen("UPDATE_COMPLETE", "after"));
        (await ensured)["Of"].ShouldBe("after");
    }

    [Fact]
    public async Task Remove_HalfWayBack_DeletesItAsItIs()
    {
        _account.Found.Enqueue(Stack("UPDATE_ROLLBACK_FAILED"));

        var removed = RemoveAsync(isProtected: false);

        _account.Asked.ShouldBe(["delete"]);
        _sights.Show(Seen("DELETE_COMPLETE", "gone"));
        await removed;
    }

    /// <summary>Protection can only be lifted from where the way back ends; where it does not, the rest is deleted all the same.</summary>
    [Theory]
    [InlineData("UPDATE_ROLLBACK_COMPLETE", "update")]
    [InlineData("UPDATE_ROLLBACK_FAILED", "delete")]
    public async Task Remove_ProtectedAndHalfWayBack_GoesBackFirst(string end, string next)
    {
        _account.Found.Enqueue(Stack("UPDATE_ROLLBACK_FAILED"));
        _account.Found.Enqueue(Stack("UPDATE_ROLLBACK_COMPLETE"));

        _ = RemoveAsync(isProtected: true);
        _sights.Show(Seen(end, "before"));

        _account.Asked.Select(call => call.Split(' ')[0]).ShouldBe(["back", next]);
    }

    [Fact]
    public async Task Ensure_NothingIsThere_CreatesAndWaits()
    {
        _account.Found.Enqueue(null);
        _sights.Seen = Seen("CREATE_COMPLETE", "of one that is gone") with { ExternalId = "arn:old" };

        var ensured = EnsureAsync();

        ensured.IsCompleted.ShouldBeFalse();
        _account.Asked.ShouldBe(["create"]);
        _sights.Show(Seen("CREATE_COMPLETE", "new"));
        (await ensured)["Of"].ShouldBe("new");
    }

    [Fact]
    public async Task Ensure_NewCluster_TakesAwayWhatEksMadeAgainOfTheLastOne()
    {
        var step = Shop.Step(StepNames.Cluster) with { Inputs = new Dictionary<string, PlanInput>() };

        var ensured = ExecuteAsync(Context(1, isKnown: false) with { Step = step });

        _account.Asked.ShouldBe(["clear /aws/eks/shop-staging-cluster/cluster", "create"]);
        _sights.Show(Seen("CREATE_COMPLETE", "new"));
        await ensured;
    }

    /// <param name="present">How many nodes there are, whoever made them so many.</param>
    [Theory]
    [InlineData("true", PlanAction.Ensure, 4, "4")]
    [InlineData("true", PlanAction.Ensure, 9, "5")]
    [InlineData("true", PlanAction.Ensure, 1, "2")]
    [InlineData("true", PlanAction.Wake, 4, "3")]
    [InlineData("true", PlanAction.Sleep, 4, "3")]
    [InlineData("false", PlanAction.Ensure, 4, "3")]
    public async Task Ensure_NodesThatGrow_StayAsManyAsThereAreWithinWhatIsAllowed(string grows, PlanAction action, int present, string asked)
    {
        _account.Nodes = present;
        _account.Found.Enqueue(Stack("UPDATE_COMPLETE"));
        var context = Context(1);
        var step = context.Step with
        {
            Action = action,
            Inputs = new Dictionary<string, PlanInput> { ["ClusterName"] = new("shop"), ["MinNodes"] = new("2"), ["DesiredNodes"] = new("3"), ["MaxNodes"] = new("5"), ["NodesGrow"] = new(grows) },
        };
        context = context with { Step = step, Work = context.Work with { Deployed = new Dictionary<string, Deployment> { [step.Name] = Deployed(step) } } };

        var ensured = ExecuteAsync(context);

        _account.Requested!.Parameters["DesiredNodes"].ShouldBe(asked);
        _sights.Show(Seen("UPDATE_COMPLETE", "after"));
        await ensured;
    }

    /// <summary>A database made anew by going to sleep would be an empty one, and nobody would have been asked.</summary>
    [Theory]
    [InlineData(PlanAction.Sleep)]
    [InlineData(PlanAction.Wake)]
    public async Task SleepAndWake_StackThatSomebodyDeleted_MakeNothingAndSaySo(PlanAction action)
    {
        _account.Found.Enqueue(null);

        (await RestAsync(action)).ShouldBeEmpty();

        _account.Asked.ShouldBeEmpty();
        _files.Missing.ShouldBe([$"The stack {Step.Subject}"]);
    }

    [Fact]
    public async Task Sleep_StackThatIsBeingDeletedByHand_WaitsAndGoesOn()
    {
        _account.Found.Enqueue(Stack("DELETE_IN_PROGRESS"));

        var rested = RestAsync(PlanAction.Sleep);
        rested.IsCompleted.ShouldBeFalse();
        _sights.Show(Seen("DELETE_COMPLETE", "gone"));

        (await rested).ShouldBeEmpty();
        (_account.Asked.Count, _files.Missing.Count).ShouldBe((0, 1));
    }

    /// <summary>A retry of a step that makes something takes away what can only be deleted; nobody asked for that by sleep.</summary>
    [Fact]
    public async Task Sleep_OnlyADeleteCouldFollow_DeletesNothing()
    {
        _account.Found.Enqueue(Stack("DELETE_FAILED"));

        await Should.ThrowAsync<StepFailedException>(RestAsync(PlanAction.Sleep, attempt: 2));

        _account.Asked.ShouldBeEmpty();
    }

    /// <summary>A cluster of a database, or nodes, deleted by hand: neither the update nor the way back find them.</summary>
    [Theory]
    [InlineData("UPDATE_ROLLBACK_COMPLETE", true)]
    [InlineData("UPDATE_ROLLBACK_FAILED", true)]
    [InlineData("UPDATE_ROLLBACK_FAILED", false)]
    public async Task Sleep_ResourceThatSomebodyDeleted_GoesOnWithoutIt(string end, bool isGone)
    {
        _account.Found.Enqueue(Stack("UPDATE_COMPLETE"));
        var reason = isGone ? "Resource of type 'AWS::RDS::DBCluster' with identifier 'shop' was not found. (HandlerErrorCode: NotFound)" : "Not now. (HandlerErrorCode: GeneralServiceException)";

        var rested = RestAsync(PlanAction.Sleep);
        _account.Events.Add(new StackEvent("1", "Cluster", "shop", "AWS::RDS::DBCluster", "UPDATE_FAILED", reason, DateTimeOffset.UnixEpoch, Context(1).Token));
        _sights.Show(Seen(end, "before"));

        if (isGone)
            (await rested).ShouldBeEmpty();
        else
            await Should.ThrowAsync<StepFailedException>(rested);
        _files.Missing.ShouldBe(isGone ? ["Aurora cluster Cluster"] : []);
    }

    private Task<IReadOnlyDictionary<string, string>> RestAsync(PlanAction action, int attempt = 1)
    {
        var context = Context(attempt);
        return ExecuteAsync(context with { Step = context.Step with { Action = action } });
    }

    [Fact]
    public async Task Ensure_VersionThatEksDoesNotOffer_FailsBeforeThereIsACluster()
    {
        _account.Offered = ["v9.9.9-eksbuild.1"];

        var failure = (await Should.ThrowAsync<StepFailedException>(ClusterAsync())).Failure;

        (failure.Code, failure.CanRetry, failure.RootCause).ShouldBe(("addon_version", false, "EKS offers v9.9.9-eksbuild.1."));
        failure.Message.ShouldContain("of the add-on kube-proxy for Kubernetes 1.35");
        _account.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Ensure_ChangeToAVersionThatEksDoesNotOffer_IsRefused()
    {
        _account.Offered = ["v9.9.9-eksbuild.1"];
        _account.Found.Enqueue(Stack("UPDATE_COMPLETE"));

        (await Should.ThrowAsync<StepFailedException>(ClusterAsync(isKnown: true))).Failure.Code.ShouldBe("addon_version");

        _account.Asked.ShouldBeEmpty();
    }

    // Of whatever name: the stack that is found is the one of the other tests.
    private Task<IReadOnlyDictionary<string, string>> ClusterAsync(bool isKnown = false)
    {
        var context = Context(1, isKnown);
        var step = Shop.Step(StepNames.Cluster) with { Inputs = new Dictionary<string, PlanInput>(), Subject = Step.Subject };
        var work = context.Work with { Deployed = isKnown ? new Dictionary<string, Deployment> { [step.Name] = Deployed(step) } : [] };
        return ExecuteAsync(context with { Step = step, Work = work });
    }

    private Task<IReadOnlyDictionary<string, string>> ExecuteAsync(StepContext context) =>
        new StackStep(_account, _account, new NodeGroupSize(_account), new AddOnCheck(_account), _sights, _sights, _files).ExecuteAsync(context, CancellationToken.None);

    private Task<IReadOnlyDictionary<string, string>> EnsureAsync(int attempt = 1, bool isKnown = true) => ExecuteAsync(Context(attempt, isKnown));

    private Task<IReadOnlyDictionary<string, string>> RemoveAsync(bool isProtected)
    {
        static Dictionary<string, PlanInput> Protects(string value) => new() { [PlanDifference.DeletionProtection] = new PlanInput(value) };
        var context = Context(1);
        var deployed = Deployed(Step with { Inputs = Protects("true") });
        context = context with
        {
            Work = context.Work with { Deployed = isProtected ? new Dictionary<string, Deployment> { [StepNames.Iam] = deployed } : context.Work.Deployed },
            Step = context.Step with { Action = PlanAction.Remove, Inputs = Protects("false") },
        };
        return ExecuteAsync(context);
    }

    private StepContext Context(int attempt, bool isKnown = true)
    {
        var work = new OperationWork(
            new Fence(_environment, 1), _environment, Shop.Environment, OperationKind.Change, Shop, Target, 1, new Dictionary<string, StepProgress>(),
            isKnown ? new Dictionary<string, Deployment> { [StepNames.Iam] = Deployed(Step) } : new Dictionary<string, Deployment>());
        return new StepContext(work, Step with { Inputs = new Dictionary<string, PlanInput>() }, attempt, new OutputResolver(work, _ => Task.FromResult("arn:role")));
    }

    private static StackEvent AskedBy(string token) =>
        new("1", "iam", "arn:iam", "AWS::CloudFormation::Stack", "UPDATE_IN_PROGRESS", null, DateTimeOffset.UnixEpoch, token);

    private static Deployment Deployed(PlannedStep plan) => new(plan, new Dictionary<string, string>(), true, false, Guid.Empty, DateTimeOffset.UnixEpoch);

    private StackSnapshot Stack(string status) => new(
        "arn:iam", Step.Subject, status, null, new Dictionary<string, string> { ["Of"] = "found" },
        new Dictionary<string, string> { [StackTags.EnvironmentId] = _environment.ToString() }, DateTimeOffset.UnixEpoch, null);

    private static Observation Seen(string state, string of) => new(
        Target.Name, ObservationKinds.Stack, Step.Subject, "arn:iam", state, null, new Dictionary<string, string> { ["Of"] = of });

    /// <summary>One row, and those who wait for it.</summary>
    private sealed class Sights : IObservations, IObservationHub
    {
        private readonly List<(Func<Observation, bool> Until, TaskCompletionSource<Observation> Found)> _waiters = [];

        public Observation? Seen { get; set; }

        public void Show(Observation seen)
        {
            Seen = seen;
            foreach (var (until, found) in _waiters.Where(waiter => waiter.Until(seen)).ToList())
                found.TrySetResult(seen);
        }

        public Task ExpectAsync(Observation expected, CancellationToken cancellationToken)
        {
            Show(expected);
            return Task.CompletedTask;
        }

        public Task LookAsync(string target, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<Observation> WaitAsync(string target, string kind, string name, Func<Observation, bool> until, CancellationToken cancellationToken)
        {
            if (Seen is { } seen && until(seen))
                return Task.FromResult(seen);
            var found = new TaskCompletionSource<Observation>();
            _waiters.Add((until, found));
            return found.Task;
        }
    }

    private sealed class Account : ICloudFormation, ILogGroups, INodeGroups, IAddOns
    {
        /// <summary>What EKS offers of each add-on; null where the account cannot be asked.</summary>
        public IReadOnlyList<string>? Offered { get; set; }

        public Task<IReadOnlyList<string>?> OfferedAsync(AwsTarget target, string addOn, string kubernetes, CancellationToken cancellationToken) => Task.FromResult(Offered);

        /// <summary>How many nodes the cluster has now.</summary>
        public int Nodes { get; set; }

        public Task<int> NodesAsync(AwsTarget target, string clusterName, CancellationToken cancellationToken) => Task.FromResult(Nodes);

        /// <summary>One answer a look.</summary>
        public Queue<StackSnapshot?> Found { get; } = [];

        public List<StackEvent> Events { get; } = [];

        public List<string> Asked { get; } = [];

        public int Looks { get; private set; }

        /// <summary>What a creation is answered with.</summary>
        public StepFailedException? Refusal { get; set; }

        public Task<StackSnapshot?> FindAsync(AwsTarget target, string stackName, CancellationToken cancellationToken) => Task.FromResult(Look());

        public Task<string> CreateAsync(AwsTarget target, StackRequest request, CancellationToken cancellationToken) =>
            Refusal is { } refusal ? Task.FromException<string>(refusal) : Did("create", "arn:iam");

        public Task DeleteLeftoverAsync(AwsTarget target, string name, CancellationToken cancellationToken) => Did($"clear {name}", true);

        public Task ContinueRollbackAsync(AwsTarget target, string stackName, IReadOnlyCollection<string> leftOut, string token, CancellationToken cancellationToken) =>
            Did($"back {token}{string.Concat(leftOut.Select(one => $" without {one}"))}", true);

        /// <summary>What an update is answered with.</summary>
        public StackUpdate Update { get; set; } = StackUpdate.Started;

        /// <summary>What the last update asked for.</summary>
        public StackRequest? Requested { get; private set; }

        public Task<StackUpdate> UpdateAsync(AwsTarget target, StackRequest request, CancellationToken cancellationToken)
        {
            Requested = request;
            return Did("update", Update);
        }

        public Task DeleteAsync(AwsTarget target, string stackName, string token, CancellationToken cancellationToken) => Did("delete", true);

        public async IAsyncEnumerable<StackEvent> EventsAsync(AwsTarget target, string stackId, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.CompletedTask;
            foreach (var said in Events)
                yield return said;
        }

        public IAsyncEnumerable<StackSnapshot> ListAsync(AwsTarget target, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<StackUpdate> RevertDriftAsync(AwsTarget target, StackRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<StackResource>> ResourcesAsync(AwsTarget target, string stackId, CancellationToken cancellationToken) => throw new NotSupportedException();

        private StackSnapshot? Look()
        {
            Looks++;
            return Found.Dequeue();
        }

        private Task<T> Did<T>(string what, T answer)
        {
            Asked.Add(what);
            return Task.FromResult(answer);
        }
    }
}
