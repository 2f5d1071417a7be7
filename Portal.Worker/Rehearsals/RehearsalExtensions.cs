using Microsoft.Extensions.Options;
using Portal.Core.Rehearsals;
using Portal.Worker.Engine;

namespace Portal.Worker.Rehearsals;

public static class RehearsalExtensions
{
    /// <summary>Plays rehearsals of requests.</summary>
    public static IServiceCollection AddRehearsals(this IServiceCollection services, IConfiguration configuration, string connectionString)
    {
        services.AddOptions<RehearsalOptions>().Bind(configuration.GetSection(RehearsalOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<RehearsalOptions>, RehearsalOptionsValidator>();
        services.AddSingleton(new StageConnection(connectionString));
        services.AddSingleton<StageDatabases>();
        services.AddSingleton<IStageDatabases>(provider => provider.GetRequiredService<StageDatabases>());
        services.AddSingleton<IStage, StageProcess>();
        services.AddSingleton<RehearsalStore>();
        services.AddSingleton<RehearsalHost>();
        services.AddSingleton<IPlayRehearsal>(provider => provider.GetRequiredService<RehearsalHost>());
        // After the lease, so that it stops before that is given up.
        services.AddHostedService(provider => provider.GetRequiredService<RehearsalHost>());
        return services.AddRecurring<RehearsalUpkeep>();
    }
}
