using Microsoft.Extensions.DependencyInjection;
using Portal.Core.Approvals;
using Portal.Core.Audit;
using Portal.Core.Catalog;
using Portal.Core.Drafts;
using Portal.Core.Drift;
using Portal.Core.Environments;
using Portal.Core.Images;
using Portal.Core.Inquiries;
using Portal.Core.Notifications;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Provisioning.Changes;
using Portal.Core.Rehearsals;
using Portal.Core.Requests;
using Portal.Core.Teams;
using Portal.Core.Topology;
using Portal.Core.Views;

namespace Portal.Core;

public static class CoreExtensions
{
    /// <summary>Use cases, queries and what they are made of.</summary>
    /// <param name="templatesPath">Folder Templates; null to look for it.</param>
    /// <exception cref="InvalidDataException">The templates or the catalogue cannot be used; says why.</exception>
    public static IServiceCollection AddPortalCore(this IServiceCollection services, string? templatesPath)
    {
        var folder = TemplateSet.Locate(templatesPath);
        return services
            .AddSingleton(TemplateSet.Read(folder))
            .AddSingleton(CatalogReader.Read(Path.Combine(folder, "catalog")))
            .AddSingleton(ApprovalFile.Read(Path.Combine(folder, "catalog")))
            .AddSingleton(GoldenPathFile.Read(Path.Combine(folder, "catalog")))
            .AddSingleton(TeamFile.Read(Path.Combine(folder, "catalog")))
            .AddSingleton<Sight>()
            .AddSingleton<KnownTeams>()
            .AddSingleton<TeamLimits>()
            .AddSingleton<TeamQueries>()
            .AddSingleton<RaiseLimit>()
            .AddSingleton<HandOverEnvironment>()
            .AddSingleton<CostEstimator>()
            .AddSingleton<PlanBuilder>()
            .AddSingleton<SpecificationValidator>()
            .AddSingleton<TopologyBuilder>()
            .AddSingleton<OperationJobs>()
            .AddSingleton<Lifecycle>()
            .AddSingleton(UpdateBehaviour.Read(Path.Combine(folder, "catalog")))
            .AddSingleton<ChangeEvaluator>()
            .AddSingleton<ChangePlanner>()
            .AddSingleton<ChangeEnvironment>()
            .AddSingleton<AccountCheck>()
            .AddSingleton<PlanRequest>()
            .AddSingleton<IImageDigests, NoImageDigests>()
            .AddSingleton<ImagePins>()
            .AddSingleton<ReviewImages>()
            .AddSingleton<SubmitRequest>()
            .AddSingleton<RequestApproval>()
            .AddSingleton<ExpireRequests>()
            .AddSingleton<RemindRequests>()
            .AddSingleton<DecideRequest>()
            .AddSingleton<CommentOnRequest>()
            .AddSingleton<RevisionPlanner>()
            .AddSingleton<ProposeChange>()
            .AddSingleton<AnswerProposal>()
            .AddSingleton<WithdrawRequest>()
            .AddSingleton<DelegationQueries>()
            .AddSingleton<DelegateApprovals>()
            .AddSingleton<EndDelegation>()
            .AddSingleton<StartRehearsal>()
            .AddSingleton<CancelRehearsal>()
            .AddSingleton<RehearsalQueries>()
            .AddSingleton<RetryOperation>()
            .AddSingleton<CancelOperation>()
            .AddSingleton<UndoOperation>()
            .AddSingleton<SleepEnvironment>()
            .AddSingleton<RepairEnvironment>()
            .AddSingleton<WithdrawOperation>()
            .AddSingleton<EnvironmentCare>()
            .AddSingleton<OperateService>()
            .AddSingleton<CheckDrift>()
            .AddSingleton<ReadPodLog>()
            .AddSingleton<AskFrontDoor>()
            .AddSingleton<DriftQueries>()
            .AddSingleton<RevertDrift>()
            .AddSingleton<IgnoreDrift>()
            .AddSingleton<StepDurations>()
            .AddSingleton<StoredDocuments>()
            .AddSingleton<EnvironmentQueries>()
            .AddSingleton<DashboardQueries>()
            .AddSingleton<OverviewQueries>()
            .AddSingleton<ReplayQueries>()
            .AddSingleton<OperationQueries>()
            .AddSingleton<RequestQueries>()
            .AddSingleton<AuditQueries>()
            .AddSingleton<SpecificationQueries>()
            .AddSingleton<ViewQueries>()
            .AddSingleton<SaveView>()
            .AddSingleton<RenameView>()
            .AddSingleton<ChooseDefaultView>()
            .AddSingleton<DeleteView>()
            .AddSingleton<DraftQueries>()
            .AddSingleton<SaveDraft>()
            .AddSingleton<RemoveDraft>()
            .AddNotifications();
    }
}
