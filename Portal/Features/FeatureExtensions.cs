using Portal.Features.Approvals;
using Portal.Features.Audit;
using Portal.Features.Environments;
using Portal.Features.Notifications;
using Portal.Features.Operations;
using Portal.Features.Rehearsals;
using Portal.Features.Requests;
using Portal.Features.Teams;
using Portal.Features.Tokens;
using Portal.Features.Views;

namespace Portal.Features;

public static class FeatureExtensions
{
    /// <summary>The pages' one way to feeds, queries and use cases: a desk a feature.</summary>
    public static IServiceCollection AddPortalFeatures(this IServiceCollection services) => services
        .AddScoped<IViewDesk, ViewDesk>()
        .AddScoped<IEnvironmentDesk, EnvironmentDesk>()
        .AddSingleton<EnvironmentViews>()
        .AddScoped<IReplayDesk, ReplayDesk>()
        .AddScoped<IInquiryDesk, InquiryDesk>()
        .AddScoped<IDraftDesk, DraftDesk>()
        .AddScoped<IProposalDesk, ProposalDesk>()
        .AddScoped<IRequestDesk, RequestDesk>()
        .AddScoped<IApprovalDesk, ApprovalDesk>()
        .AddScoped<INoticeDesk, NoticeDesk>()
        .AddScoped<IOperationsDesk, OperationsDesk>()
        .AddScoped<IAuditDesk, AuditDesk>()
        .AddScoped<ICompareDesk, CompareDesk>()
        .AddScoped<IConversationDesk, ConversationDesk>()
        .AddScoped<IRehearsalDesk, RehearsalDesk>()
        .AddScoped<ITeamDesk, TeamDesk>()
        .AddScoped<IAwayDesk, AwayDesk>()
        .AddScoped<ITokenDesk, TokenDesk>()
        .AddHostedService<ExpiryUpkeep>();
}
