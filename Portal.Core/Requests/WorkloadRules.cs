using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using static Portal.Core.Requests.SpecificationValidator;

namespace Portal.Core.Requests;

/// <summary>What each kind of workload can say, and when a job may run.</summary>
internal static class WorkloadRules
{
    public static void Check(ServiceSpecification service, string at, IReadOnlyList<ServiceSpecification> services, List<FieldError> errors)
    {
        if (services.FirstOrDefault(other => other.BeforeRollout is not null && StepNames.BeforeRelease(other.Name) == service.Name) is { } other)
            errors.Add(new($"{at}.name", service.Name, $"'{service.Name}' is what the job before the rollout of {other.Name} is called. Choose another name."));
        if (services.FirstOrDefault(other => UserNames(other).Contains(service.Name)) is { } signsIn)
            errors.Add(new($"{at}.name", service.Name, $"'{service.Name}' is what the job is called that makes {signsIn.Name}'s user of a database. Choose another name."));
        if (!service.Listens)
            NotListening(service, at, errors);
        if (service.Kind == WorkloadKind.ScheduledJob)
            Schedule(service.Schedule, $"{at}.schedule", errors);
        else if (service.Schedule is not null)
            errors.Add(new($"{at}.schedule", service.Schedule.Cron, "Only a scheduled job has a schedule: leave it out, or make it one."));
        if (service.BeforeRollout is { } job)
            Before(service, job, $"{at}.beforeRollout", errors);
    }

    // Whatever kind its stores are of today.
    private static IEnumerable<string> UserNames(ServiceSpecification service) =>
        service.Stores.Select(store => store.Name).Concat(service.SharedStores.Select(shared => shared.Name)).Select(store => StepNames.GrantRelease(service.Name, store));

    /// <summary>What it is called in a sentence.</summary>
    public static string Noun(WorkloadKind kind) => kind switch
    {
        WorkloadKind.Worker => "worker",
        WorkloadKind.ScheduledJob => "scheduled job",
        _ => "service",
    };

    private static void NotListening(ServiceSpecification service, string at, List<FieldError> errors)
    {
        var reason = $"A {Noun(service.Kind)} has no port, and nobody calls it";
        if (service.Path.Length > 0)
            errors.Add(new($"{at}.path", service.Path, $"{reason}: leave the path out, or make it a service."));
        if (service.Authentication != RouteAuthentication.None)
            errors.Add(new($"{at}.authentication", service.Authentication.ToString(), $"{reason}: leave the sign-in out, or make it a service."));
        if (service.ApiKeyRequired)
            errors.Add(new($"{at}.apiKeyRequired", "true", $"{reason}: leave the key out, or make it a service."));
        if (service.Routes.Count > 0)
            errors.Add(new($"{at}.routes", Text(service.Routes.Count), $"{reason}: leave the routes out, or make it a service."));
        if (service.Runtime.LivenessPath.Length > 0)
            errors.Add(new($"{at}.runtime.livenessPath", service.Runtime.LivenessPath, $"{reason}: leave the liveness path out, or make it a service."));
    }

    private static void Schedule(ScheduleSpecification? schedule, string at, List<FieldError> errors)
    {
        if (schedule is null)
        {
            errors.Add(new($"{at}.cron", null, "Say when it runs, for example 0 3 * * * for every day at three."));
            return;
        }

        if (schedule.Cron.Length > FieldLimits.Cron)
            errors.Add(new($"{at}.cron", null, $"It has {Text(schedule.Cron.Length)} characters; {Text(FieldLimits.Cron)} at most."));
        else if (CronSchedule.Parse(schedule.Cron, out var fault) is null)
            errors.Add(new($"{at}.cron", schedule.Cron, fault));
        if (schedule.TimeZone.Length > FieldLimits.TimeZone || TimeZones.Find(schedule.TimeZone) is null)
            errors.Add(new($"{at}.timeZone", schedule.TimeZone, $"There is no time zone '{schedule.TimeZone}'. Give an IANA name, such as Europe/Berlin or UTC."));
        Range($"{at}.startWithinSeconds", schedule.StartWithinSeconds, FieldLimits.StartWithinSeconds, errors);
        Range($"{at}.timeLimitSeconds", schedule.TimeLimitSeconds, FieldLimits.ScheduledSeconds, errors);
        Range($"{at}.retries", schedule.Retries, FieldLimits.Retries, errors);
    }

    private static void Before(ServiceSpecification service, RolloutJobSpecification job, string at, List<FieldError> errors)
    {
        if (!service.RunsAlways)
        {
            errors.Add(new(at, service.Kind.ToString(), "A scheduled job has no rollout that anything could run before: its next run is the new one. Leave it out."));
            return;
        }

        // The image's own entry point is the service, which never ends.
        if (job.Command.Count == 0 && job.Arguments.Count == 0)
            errors.Add(new($"{at}.command", null, "Say what runs, for example /app/migrate, or give the arguments with which the image's own program does it and ends."));
        RuntimeRules.Words($"{at}.command", job.Command, errors);
        RuntimeRules.Words($"{at}.arguments", job.Arguments, errors);
        Range($"{at}.timeLimitSeconds", job.TimeLimitSeconds, FieldLimits.RolloutSeconds, errors);
        Range($"{at}.retries", job.Retries, FieldLimits.Retries, errors);
    }
}
