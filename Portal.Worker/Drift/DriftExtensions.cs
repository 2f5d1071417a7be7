using Portal.Core.Drift;
using Portal.Worker.Engine;

namespace Portal.Worker.Drift;

public static class DriftExtensions
{
    /// <summary>Comparing environments with their plans: when somebody asks, and by schedule.</summary>
    public static IServiceCollection AddDrift(this IServiceCollection services) => services
        .AddSingleton<DriftDetector>()
        .AddSingleton<DriftCheck>()
        .AddSingleton<IDriftCheck>(provider => provider.GetRequiredService<DriftCheck>())
        .AddSingleton<CheckDrift>()
        .AddRecurring<DriftRound>();
}
