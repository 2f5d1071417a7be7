using Portal.Features.Approvals;

namespace Portal.Features.Requests;

public static class RequestFeature
{
    /// <summary>The request and approval pages' way to the use cases.</summary>
    public static IServiceCollection AddRequestPages(this IServiceCollection services) => services
        .AddScoped<IRequestDesk, RequestDesk>()
        .AddScoped<IApprovalDesk, ApprovalDesk>();
}
