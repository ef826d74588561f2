import { ReactNode } from 'react';
import FormControl from '@material-ui/core/FormControl';
import FormControlLabel from '@material-ui/core/FormControlLabel';
import FormHelperText from '@material-ui/core/FormHelperText';
import FormLabel from '@material-ui/core/FormLabel';
import Radio from '@material-ui/core/Radio';
import RadioGroup from '@material-ui/core/RadioGroup';
import { makeStyles } from '@material-ui/core/styles';

const useStyles = makeStyles(theme => ({
  root: { marginTop: theme.spacing(1), marginBottom: theme.spacing(1) },
  described: { margin: theme.spacing(-0.5, 0, 1, 4) },
}));

/** One of several ways. */
export interface Choice<T extends string> {
  readonly id: T;
  readonly title: string;
  readonly description?: ReactNode;
}

/** One of a few ways, each with what it means. */
export function Choices<T extends string>(props: {
  legend: string;
  choices: readonly Choice<T>[];
  chosen: T;
  onChoose: (id: T) => void;
}) {
  const classes = useStyles();
  const { choices, chosen } = props;
  return (
    <FormControl component="fieldset" className={classes.root} fullWidth>
      <FormLabel component="legend">{props.legend}</FormLabel>
      <RadioGroup
        value={chosen}
        onChange={event => {
          const choice = choices.find(({ id }) => id === event.target.value);
          if (choice) {
            props.onChoose(choice.id);
          }
        }}
      >
        {choices.map(({ id, title, description }) => (
          <div key={id}>
            <FormControlLabel
              value={id}
              control={<Radio color="primary" />}
              label={title}
            />
            <FormHelperText className={classes.described}>
              {description}
            </FormHelperText>
          </div>
        ))}
      </RadioGroup>
    </FormControl>
  );
}
