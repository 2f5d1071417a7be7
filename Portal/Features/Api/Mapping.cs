using Portal.Core.Approvals;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Rehearsals;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Core.Topology;
using Portal.Features.Environments;

namespace Portal.Features.Api;

/// <summary>From the read models that pages have to what programs are told.</summary>
internal static class Mapping
{
    public static PlanAnswer ToAnswer(this Plan plan, double pace, bool? losesData, ApprovalNeeds? needs) => new(
        plan.Hash, plan.Target, plan.Region, new PlannedCost(plan.Cost.Monthly, plan.Cost.Asleep, plan.Cost.Least, plan.Cost.Most, plan.Cost.Lines),
        new Seconds(Math.Round(plan.Expected.Low / pace), Math.Round(plan.Expected.Typical / pace), Math.Round(plan.Expected.High / pace)), plan.Sentences, losesData,
        [.. plan.Steps.Select(step => new PlanStep(step.Name, step.Kind, step.Action, step.Title, step.Service, step.DependsOn))],
        needs is null ? null : new Needs(needs.Automatic?.Title, needs.ToStages()));

    public static RequestLine ToLine(this RequestSummary one) => new(
        one.Number, one.Kind, one.State, one.Environment, one.Target, one.RequestedByName, one.SubmittedAt, one.MonthlyCost, one.DecidedByName, one.DecidedAt, one.Comment, one.Progress?.InWords);

    public static RequestAnswer ToAnswer(this RequestDetail detail)
    {
        var (request, waits) = (detail.Request, detail.Request.State == RequestState.Submitted);
        return new RequestAnswer(
            request.Number, request.Kind, request.State, detail.Environment.Name, detail.Target.Name, request.SpecificationVersion, request.RequestedByName, request.SubmittedAt, request.PlanHash,
            request.DecidedByName, request.DecidedAt, request.Comment, waits ? detail.Progress.InWords : null, waits ? detail.Progress.ExpiresAt : null, detail.Questions?.Count ?? 0,
            [.. detail.Verdicts.Select(one => new VerdictAnswer(one.Who, one.Group, one.Approves, one.Comment, one.At))],
            detail.Plan.ToAnswer(detail.Target.Pace, losesData: null, needs: null) with { Hash = request.PlanHash },
            detail.Proposed?.ToAnswer(detail), [.. detail.Proposals.Where(one => !one.IsOpen).Select(one => new PastProposal(one.Number, one.Who, one.Reason, one.At, one.Outcome!.Value, one.EndedAt!.Value, one.EndedByName, one.Comment))]);
    }

    private static ProposalAnswer ToAnswer(this OpenProposal open, RequestDetail detail) => new(
        open.Proposal.Number, open.Proposal.Who, open.Proposal.Reason, open.Proposal.At,
        [.. SpecificationComparison.Of(detail.Specification, open.Change.Specification).Where(field => field.Differs).Select(field => new ChangedField(field.Field, field.Left, field.Right))],
        open.Change.Plan.ToAnswer(detail.Target.Pace, open.Change.Facts.LosesData, open.Needs));

    /// <param name="planHash">Of the request's plan as it is now.</param>
    public static RehearsalAnswer ToAnswer(this Rehearsal one, string planHash) => new(
        one.Id, one.State, one.PlanHash, one.PlanHash == planHash, one.By, one.AskedAt, one.StartedAt, one.FinishedAt, one.Trouble,
        one.Progress is { } progress ? Math.Round(progress.Fraction, 3) : null, one.Report?.Asked?.Seconds,
        one.Report?.Failure is { } failure ? new RehearsalFailure(failure.Act, failure.Step, failure.Message, failure.RootCause) : null,
        one.Report?.Resources ?? [], one.Report?.Answers ?? [], one.Report?.NotGone.Select(residue => residue.Id).ToList() ?? []);

    public static Filed ToAnswer(this SubmittedRequest filed) => new(filed.Number, filed.Environment, filed.IsApproved);

    public static EnvironmentLine ToLine(this EnvironmentSummary one) => new(
        one.Id, one.Name, one.State, one.Health, one.Target, one.Region, one.OwnerName, one.Team, one.Services, one.ServicesReady, Math.Round(one.Progress, 3), one.MonthlyCost, one.CreatedAt,
        one.ChangedAt, one.LastChange, one.FailedAt, one.FailureReason);

    public static EnvironmentAnswer ToAnswer(this EnvironmentView view)
    {
        var (snapshot, environment) = (view.Snapshot, view.Snapshot.Environment);
        return new EnvironmentAnswer(
            environment.Id, environment.Name, environment.State, view.ToHealth(), snapshot.Target.Name, snapshot.Target.Region, snapshot.Specification.Class, environment.OwnerName,
            environment.Team, snapshot.Version, environment.Cidr, view.ApiUrl, environment.Care.IsProtected, environment.Care.ExpiresAt, snapshot.Request.Number, snapshot.Request.State,
            snapshot.Operation is { } operation ? new OperationLine(operation.Id, operation.Kind, operation.State, operation.StartedAt, operation.FinishedAt) : null,
            [.. snapshot.Line.Select(one => new Waiting(one.Id, one.Kind, one.Sentence, one.AskedAt))], Math.Round(view.Progress.Fraction, 3),
            [.. view.Failed.Select(one => ToAnswer(one.Step, one.Failure))], environment.LastEvent);
    }

    public static HealthAnswer ToHealth(this EnvironmentView view) => new(
        view.Snapshot.Environment.Health, view.Snapshot.Environment.HealthSince, view.Snapshot.Environment.HealthReasons, view.Snapshot.Unseen?.Reason);

    public static Care ToCare(this EnvironmentView view) => view.Snapshot.Environment.Care.ToAnswer();

    public static Care ToAnswer(this CareSettings care) => new(care.ExpiresAt, care.Timetable, care.IsProtected);

    public static Outputs ToOutputs(this EnvironmentView view) => new(
        view.ApiUrl, view.Doors.ToDictionary(door => door.Service, door => door.Address, StringComparer.Ordinal),
        view.Snapshot.Deployed.Where(step => step.Outputs.Count > 0).ToDictionary(step => step.Name, step => step.Outputs, StringComparer.Ordinal));

    public static TopologyAnswer ToAnswer(this EnvironmentTopology topology) => new(
        [.. topology.Nodes.DistinctBy(node => node.Id)],
        [.. topology.Columns.Select(column => new TopologyService(column.Service.Id, column.Path?.Id, [.. column.Stores.Concat(column.Shared).Select(store => store.Id)], column.Pods))],
        [.. topology.Calls.Select(call => new TopologyEdge(call.Caller, call.Callee))], [.. topology.Shares.Select(share => new TopologyEdge(share.Guest, share.Owner))]);

    public static OperationLine ToLine(this OperationSummary one) => new(one.Operation.Id, one.Operation.Kind, one.Operation.State, one.Operation.StartedAt, one.Operation.FinishedAt);

    public static OperationAnswer ToAnswer(this OperationDetail detail, DateTimeOffset now)
    {
        var ((operation, _, environment, request, created, failure), progress) = (detail.Summary, Progress.Of(detail.Plan, detail.Steps, detail.Pace, now));
        return new OperationAnswer(
            operation.Id, operation.Kind, operation.State, environment, request, operation.PlanHash, created, operation.StartedAt, operation.FinishedAt,
            operation.State == OperationState.Succeeded ? 1 : Math.Round(progress.Fraction, 3),
            operation.FinishedAt is null && progress is { RemainingLow: { } low, RemainingHigh: { } high } ? new RemainingSeconds(Math.Round(low.TotalSeconds), Math.Round(high.TotalSeconds)) : null,
            failure is null ? null : new StepFailure("", "", failure.Code, failure.Message, failure.RootCause), [.. detail.Steps.Select(ToAnswer)]);
    }

    public static ResourceAnswer ToAnswer(this ResourceInfo one) => new(one.Step, one.Type, one.Name, one.PhysicalId, one.State, one.Reason, one.Ready, one.ChangedAt);

    /// <summary>With every rule, and what of it holds.</summary>
    public static NeedsAnswer ToAnswer(this ApprovalNeeds needs) => new(
        needs.Automatic?.Title, needs.ToStages(),
        [.. needs.Rules.Select(verdict => new RuleAnswer(verdict.Rule.Id, verdict.Rule.Title, verdict.Fits, [.. verdict.Conditions.Select(condition => new RuleCondition(condition.InWords, condition.Holds))]))]);

    private static IReadOnlyList<NeedsStage> ToStages(this ApprovalNeeds needs) => needs.Automatic is null ? [.. needs.Stages.Select(stage => new NeedsStage(stage.Group.Title, stage.Needed, stage.Because))] : [];

    public static EventAnswer ToAnswer(this EventInfo one) => new(one.Number, one.At, one.Step, one.Kind, one.Severity, one.Message, new EventActor(one.By.Kind, one.By.Name));

    private static StepAnswer ToAnswer(this StepInfo step) => new(
        step.Name, step.Title, step.Action, step.State, step.Attempt, step.StartedAt, step.FinishedAt, step.Failure is { } failure ? ToAnswer(step, failure) : null, step.Waiting?.Sentence);

    private static StepFailure ToAnswer(StepInfo step, Failure failure) => new(step.Name, step.Title, failure.Code, failure.Message, failure.RootCause);
}
