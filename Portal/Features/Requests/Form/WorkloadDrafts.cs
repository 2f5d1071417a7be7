using System.Globalization;
using Portal.Core;
using Portal.Core.Specifications;

namespace Portal.Features.Requests.Form;

/// <summary>When a scheduled job runs, as typed.</summary>
public sealed class ScheduleDraft
{
    public string Cron { get; set; } = "0 3 * * *";
    public string TimeZone { get; set; } = "Etc/UTC";
    public OverlapPolicy Overlap { get; set; } = OverlapPolicy.Skip;
    public string StartWithinSeconds { get; set; } = "300";
    public string TimeLimitSeconds { get; set; } = "3600";
    public string Retries { get; set; } = "1";

    public static ScheduleDraft Of(ScheduleSpecification? schedule) => schedule is null ? new ScheduleDraft() : new ScheduleDraft
    {
        Cron = schedule.Cron,
        TimeZone = schedule.TimeZone,
        Overlap = schedule.Overlap,
        StartWithinSeconds = schedule.StartWithinSeconds.ToString(CultureInfo.InvariantCulture),
        TimeLimitSeconds = schedule.TimeLimitSeconds.ToString(CultureInfo.InvariantCulture),
        Retries = schedule.Retries.ToString(CultureInfo.InvariantCulture),
    };

    internal ScheduleSpecification Read(string at, List<FieldError> errors)
    {
        var usual = new ScheduleSpecification();
        return new ScheduleSpecification
        {
            Cron = Cron.Trim(),
            TimeZone = TimeZone.Trim(),
            Overlap = Overlap,
            StartWithinSeconds = DraftReader.Number($"{at}.startWithinSeconds", StartWithinSeconds, usual.StartWithinSeconds, errors),
            TimeLimitSeconds = DraftReader.Number($"{at}.timeLimitSeconds", TimeLimitSeconds, usual.TimeLimitSeconds, errors),
            Retries = DraftReader.Number($"{at}.retries", Retries, usual.Retries, errors),
        };
    }
}

/// <summary>What runs before a rollout, as typed.</summary>
public sealed class RolloutJobDraft
{
    public bool IsWanted { get; set; }
    public string Command { get; set; } = "";
    public string Arguments { get; set; } = "";
    public string TimeLimitSeconds { get; set; } = "600";
    public string Retries { get; set; } = "0";

    public static RolloutJobDraft Of(RolloutJobSpecification? job) => job is null ? new RolloutJobDraft() : new RolloutJobDraft
    {
        IsWanted = true,
        Command = WordList.Join(job.Command),
        Arguments = WordList.Join(job.Arguments),
        TimeLimitSeconds = job.TimeLimitSeconds.ToString(CultureInfo.InvariantCulture),
        Retries = job.Retries.ToString(CultureInfo.InvariantCulture),
    };

    internal RolloutJobSpecification Read(string at, List<FieldError> errors)
    {
        var usual = new RolloutJobSpecification();
        return new RolloutJobSpecification
        {
            Command = DraftReader.Words($"{at}.command", Command, errors),
            Arguments = DraftReader.Words($"{at}.arguments", Arguments, errors),
            TimeLimitSeconds = DraftReader.Number($"{at}.timeLimitSeconds", TimeLimitSeconds, usual.TimeLimitSeconds, errors),
            Retries = DraftReader.Number($"{at}.retries", Retries, usual.Retries, errors),
        };
    }
}
